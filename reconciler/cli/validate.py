"""`reconcile validate`: everything that can be known of services.yaml without asking anybody."""

from __future__ import annotations

import click

from reconciler.cli.runner import summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.config import load
from reconciler.report.inline import count
from reconciler.report.step_summary import valid_summary


@click.command()
@common_options
def validate(settings: Settings) -> None:
    """Check services.yaml offline: schema, references, literal values."""
    desired = load(settings.file)
    services = {owner.name for owner in desired.services}
    variables = sum(len(service.variables) + len(service.secret_files) for service in desired.services.values())
    valid = (
        f"{settings.file} is valid: {count(len(services), 'service')}, "
        f"{count(len(desired.environments), 'environment')}, {count(variables, 'variable')} in all."
    )
    settings.show(valid)
    summarise(lambda: valid_summary(valid))
