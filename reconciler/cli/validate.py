"""`reconcile validate`: is services.yaml what it should be, without contacting anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.clock import SystemClock
from reconciler.cli.options import format_option
from reconciler.cli.runner import annotate, summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.config import load
from reconciler.domain.finding import Severity
from reconciler.errors import ConfigError
from reconciler.report.findings_text import findings_text
from reconciler.report.inline import count
from reconciler.report.step_summary import valid_summary
from reconciler.report.workflow_commands import finding_annotations
from reconciler.rules import findings_of, scene_of_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.finding import Finding
    from reconciler.domain.state import DesiredState
    from reconciler.errors import Problem


@click.command()
@common_options
@format_option("text", "json", "sarif")
@click.pass_context
def validate(context: click.Context, settings: Settings, *, output: str) -> None:
    """Check services.yaml offline: schema, references, literal values, rules."""
    try:
        desired = load(settings.file)
    except ConfigError as error:
        _show(settings, output, error.problems, ())
        raise
    findings = findings_of(scene_of_file(desired, SystemClock().now()))
    annotate(finding_annotations(findings))
    if findings and output == "text":
        settings.show(findings_text(findings))
    _show(settings, output, (), findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        context.exit(1)
    valid = _valid(desired)
    if output == "text":
        settings.show(valid)
    summarise(lambda: valid_summary(valid))


def _valid(desired: DesiredState) -> str:
    services = {owner.name for owner in desired.services}
    variables = sum(len(service.variables) + len(service.secret_files) for service in desired.services.values())
    return (
        f"{desired.file} is valid: {count(len(services), 'service')}, "
        f"{count(len(desired.environments), 'environment')}, {count(variables, 'variable')} in all."
    )


def _show(settings: Settings, output: str, problems: Sequence[Problem], findings: Sequence[Finding]) -> None:
    """Print what is wrong for another program; people are told on standard error."""
    if output == "text":
        return
    from reconciler.report.problems import problems_json, problems_sarif  # noqa: PLC0415 — people need not wait for it

    told = problems_json if output == "json" else problems_sarif
    settings.show(told(problems, findings, str(settings.file)))
