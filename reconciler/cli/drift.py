"""`reconcile drift`: what of Render is no longer as services.yaml says."""

from __future__ import annotations

import asyncio
from datetime import datetime

import click

from reconciler.cli.moment import RunOrTime
from reconciler.cli.options import format_option, outside_option, scope_options
from reconciler.cli.planning import Planning
from reconciler.cli.progress import progress
from reconciler.cli.runner import annotate, summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.store import journal
from reconciler.domain.finding import Severity
from reconciler.domain.plan import Permissions
from reconciler.errors import UsageError
from reconciler.report.drift_json import drift_json
from reconciler.report.drift_markdown import drift_markdown
from reconciler.report.drift_text import drift_text
from reconciler.report.workflow_commands import finding_annotations
from reconciler.workflows.drift import drift_of
from reconciler.workflows.since import Lookback

DRIFTED = 2


@click.command()
@common_options
@scope_options
@outside_option
@click.option("--ignore", multiple=True, metavar="GLOB", help="Pass over keys or addresses like this; may be repeated.")
@click.option(
    "--since",
    type=RunOrTime(),
    metavar="RUN|TIME",
    help="Read only what Render's audit log names since a run or a time.",
)
@format_option("text", "json", "markdown")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when something drifted.")
@click.option("--issue", "in_issue", is_flag=True, help="Say so in one issue on GitHub; close it when nothing drifts.")
@click.pass_context
def drift(  # noqa: PLR0913 — one each option
    context: click.Context,
    settings: Settings,
    *,
    environments: tuple[str, ...],
    services: tuple[str, ...],
    allow_outside: bool,
    ignore: tuple[str, ...],
    since: int | datetime | None,
    output: str,
    detailed_exitcode: bool,
    in_issue: bool,
) -> None:
    """Say where Render differs from services.yaml; reads only."""
    if in_issue and isinstance(since, datetime):
        raise UsageError(
            "--issue does not go with --since TIME: the issue would be closed although not all was looked at",
            remedy="leave --since out, or name a run, which vouches for what was before it",
        )
    tracker = None
    if in_issue:
        from reconciler.cli.drift_issue import IssueTracker  # noqa: PLC0415 — nobody else needs GitHub's client

        tracker = IssueTracker.open()
    planning = Planning.begin(settings, environments, services, allow_outside=allow_outside)
    key = planning.key(required=False)
    # So a deploy that is owed is a finding, not something to be done.
    looking = Permissions(no_deploy=True)
    with journal(settings) as known, progress() as shown:
        lookback = None if since is None else Lookback(since, key, known)
        prepared, explanation = asyncio.run(planning.explained_plan(looking, key, shown, known, ignore, lookback))
    found = drift_of(prepared.plan, ignore, lookback, prepared.left)
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
    if tracker is not None:
        # What is passed over is part of it: who looks at less does not close the issue of who looks at more.
        asked = (("-e", environments), ("-s", services), ("--ignore", ignore))
        scope = [f"{option} {name}" for option, names in asked for name in names]
        tracker.tell(settings, found, scope, explanation, drifted=drifted)
    context.exit(DRIFTED if detailed_exitcode and drifted else 0)
