"""`reconcile drift`: what of Render is no longer as services.yaml says."""

from __future__ import annotations

import asyncio

import click

from reconciler.cli.options import format_option, outside_option, scope_options
from reconciler.cli.planning import Planning
from reconciler.cli.progress import progress
from reconciler.cli.runner import annotate, summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.store import journal
from reconciler.domain.finding import Severity
from reconciler.domain.plan import Permissions
from reconciler.report.drift_json import drift_json
from reconciler.report.drift_markdown import drift_markdown
from reconciler.report.drift_text import drift_text
from reconciler.report.workflow_commands import finding_annotations
from reconciler.workflows.drift import drift_of

DRIFTED = 2


@click.command()
@common_options
@scope_options
@outside_option
@click.option("--ignore", multiple=True, metavar="GLOB", help="Pass over keys or addresses like this; may be repeated.")
@format_option("text", "json", "markdown")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when something drifted.")
@click.pass_context
def drift(  # noqa: PLR0913 — one each option
    context: click.Context,
    settings: Settings,
    *,
    environments: tuple[str, ...],
    services: tuple[str, ...],
    allow_outside: bool,
    ignore: tuple[str, ...],
    output: str,
    detailed_exitcode: bool,
) -> None:
    """Say where Render differs from services.yaml; reads only."""
    planning = Planning.begin(settings, environments, services, allow_outside=allow_outside)
    key = planning.key(required=False)
    # So a deploy that is owed is a finding, not something to be done.
    looking = Permissions(no_deploy=True)
    with journal(settings) as known, progress() as shown:
        prepared, explanation = asyncio.run(planning.explained_plan(looking, key, shown, known, ignore))
    found = drift_of(prepared.plan, ignore)
    match output:
        case "json":
            settings.show(drift_json(found, explanation))
        case "markdown":
            settings.show(drift_markdown(found, explanation))
        case _:
            settings.show(drift_text(found, settings.width, explanation))
    annotate(finding_annotations(found.checks))
    summarise(lambda: drift_markdown(found, explanation))
    drifted = bool(found.changes) or any(check.severity is Severity.ERROR for check in found.checks)
    context.exit(DRIFTED if detailed_exitcode and drifted else 0)
