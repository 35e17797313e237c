"""The rules as text: all of them in a list, or one of them explained."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.rules import Rule

_INDENT = "  "


def rules_text(rules: Iterable[Rule]) -> str:
    """Return a line for each rule, by family."""
    lines: list[str] = []
    family = ""
    for rule in rules:
        if rule.family != family:
            family = rule.family
            lines += [*([""] if lines else []), style(family, bold=True)]
        lines.append(f"{_INDENT}{rule.code}  {rule.severity:<7}  {rule.name}")
    return "\n".join(lines)


def rule_text(rule: Rule, width: int = 80) -> str:
    """Return all that there is to say of one rule."""
    parts = {
        "Why": rule.reason,
        "What to do": rule.fix,
        "Fires on": rule.fires.shown,
        "Not on": rule.passes.shown,
        "Source": rule.source,
        "Allow": f'allow: {{{rule.code}: "why it is right here"}}',
    }
    told = [style(f"{rule.code} {rule.name}", bold=True) + f"  ({rule.severity}, {rule.family})"]
    for title, text in parts.items():
        wrapped = textwrap.wrap(
            text,
            width,
            initial_indent=f"{title + ':':<12} ",
            subsequent_indent=" " * 13,
            break_long_words=False,
            break_on_hyphens=False,
        )
        told.append("\n".join(wrapped))
    return "\n".join(told)
