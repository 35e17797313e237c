"""`reconcile validate`: everything that can be known of services.yaml without asking anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import format_option
from reconciler.cli.runner import summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.config import load
from reconciler.errors import ConfigError
from reconciler.report.inline import count
from reconciler.report.step_summary import valid_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.state import DesiredState
    from reconciler.errors import Problem


@click.command()
@common_options
@format_option("text", "json", "sarif")
def validate(settings: Settings, *, output: str) -> None:
    """Check services.yaml offline: schema, references, literal values."""
    try:
        desired = load(settings.file)
    except ConfigError as error:
        _show(settings, output, error.problems)
        raise
    valid = _valid(desired)
    if output == "text":
        settings.show(valid)
    _show(settings, output, ())
    summarise(lambda: valid_summary(valid))


def _valid(desired: DesiredState) -> str:
    services = {owner.name for owner in desired.services}
    variables = sum(len(service.variables) + len(service.secret_files) for service in desired.services.values())
    return (
        f"{desired.file} is valid: {count(len(services), 'service')}, "
        f"{count(len(desired.environments), 'environment')}, {count(variables, 'variable')} in all."
    )


def _show(settings: Settings, output: str, problems: Sequence[Problem]) -> None:
    """Print what is wrong for another program; people are told on standard error."""
    if output == "text":
        return
    from reconciler.report.problems import problems_json, problems_sarif  # noqa: PLC0415 — people need not wait for it

    told = problems_json if output == "json" else problems_sarif
    settings.show(told(problems, str(settings.file)))
