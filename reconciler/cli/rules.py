"""`reconcile rules`: the rules that values are held to, and what each one is about."""

from __future__ import annotations

import click

from reconciler.cli.options import format_option
from reconciler.cli.settings import Settings, common_options
from reconciler.errors import UsageError
from reconciler.planning.scope import did_you_mean
from reconciler.report.rules_json import rule_json, rules_json
from reconciler.report.rules_markdown import rules_markdown
from reconciler.report.rules_text import rule_text, rules_text
from reconciler.rules import RULES


@click.command()
@common_options
@click.argument("rule", required=False)
@format_option("text", "json", "markdown")
def rules(settings: Settings, rule: str | None, output: str) -> None:
    """List the rules that values are held to, or explain one: reconcile rules RC101."""
    if rule is None:
        match output:
            case "json":
                settings.show(rules_json(RULES.values()))
            case "markdown":
                settings.show(rules_markdown(RULES.values()).rstrip())
            case _:
                settings.show(rules_text(RULES.values()))
        return
    known = {one.name: one for one in RULES.values()} | dict(RULES)
    found = known.get(rule) or known.get(rule.upper())
    if found is None:
        raise UsageError(
            f"there is no rule of that code or name{did_you_mean(rule, known)}", remedy="`reconcile rules` lists them"
        )
    match output:
        case "json":
            settings.show(rule_json(found))
        case "markdown":
            settings.show(rules_markdown([found]).rstrip())
        case _:
            settings.show(rule_text(found, settings.width))
