"""`reconcile validate`: everything that can be known of services.yaml without asking anybody."""

from __future__ import annotations

import click

from reconciler.cli.clock import SystemClock
from reconciler.cli.settings import Settings, common_options
from reconciler.config import load
from reconciler.domain.finding import Severity
from reconciler.report.findings_text import findings_text
from reconciler.report.inline import count
from reconciler.rules import findings_of, scene_of_file


@click.command()
@common_options
@click.pass_context
def validate(context: click.Context, settings: Settings) -> None:
    """Check services.yaml offline: schema, references, literal values, rules."""
    desired = load(settings.file)
    findings = findings_of(scene_of_file(desired, SystemClock().now()))
    if findings:
        settings.show(findings_text(findings))
    if any(finding.severity is Severity.ERROR for finding in findings):
        context.exit(1)
    services = {owner.name for owner in desired.services}
    variables = sum(len(service.variables) + len(service.secret_files) for service in desired.services.values())
    settings.show(
        f"{settings.file} is valid: {count(len(services), 'service')}, "
        f"{count(len(desired.environments), 'environment')}, {count(variables, 'variable')} in all."
    )
