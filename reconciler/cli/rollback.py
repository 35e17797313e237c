"""`reconcile rollback`: a plan that brings back what was there before a run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from reconciler.cli.options import PermissionOptions, format_option, permission_options, permissions_of
from reconciler.cli.plan import present
from reconciler.cli.planning import Planning
from reconciler.cli.policy import policy_of
from reconciler.cli.progress import progress
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.store import journal
from reconciler.config import load
from reconciler.planning.rollback import rollback_scope
from reconciler.workflows.rollback import recorded_run

if TYPE_CHECKING:
    from reconciler.domain.plan import Permissions
    from reconciler.planning.steps import Prepared
    from reconciler.ports import JournalReader


@click.command()
@common_options
@click.argument("run_id", metavar="RUN", type=click.IntRange(1))
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan file here.")
@permission_options
@format_option("text", "json", "markdown", "html", "sarif")
@click.pass_context
def rollback(
    context: click.Context,
    settings: Settings,
    *,
    run_id: int,
    out: Path | None,
    output: str,
    **permissions: Unpack[PermissionOptions],
) -> None:
    """Plan to bring back what was there before a run; `apply PLAN` carries it out.

    The values are those that the journal kept, encrypted under RECONCILE_PLAN_KEY. Writes nothing on Render.
    """
    with journal(settings) as known:
        prepared, protected = _rolled_back(settings, run_id, permissions_of(permissions), known, filed=out is not None)
    present(settings, prepared, output, out, protected)
    context.exit(1 if prepared.plan.summary.errors else 0)


def _rolled_back(
    settings: Settings, run_id: int, permissions: Permissions, known: JournalReader | None, *, filed: bool
) -> tuple[Prepared, list[str]]:
    """Return the plan, and which of its environments are protected."""
    history = recorded_run(known, run_id)
    scope = rollback_scope(history, load(settings.file))
    planning = Planning.begin(settings, scope.environments, scope.services)
    protected = policy_of(planning.desired, settings.file).protects(scope.environments)
    key = planning.key(required=filed and bool(protected))
    with progress() as shown:
        prepared = asyncio.run(planning.read_only_rollback(history, permissions, key, shown, known))
    return prepared, protected
