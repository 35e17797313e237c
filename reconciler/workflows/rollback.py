"""Rollback: a plan that brings back what was there before a run, made from the journal; it writes nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.errors import StalePlanError, UsageError
from reconciler.planning.build import build
from reconciler.planning.needs import needs_of
from reconciler.planning.rollback import rollback_of
from reconciler.planning.rollback_checks import as_rollback, rollback_findings
from reconciler.workflows.read import read_live
from reconciler.workflows.remember import remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.journal import RunHistory
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.sealing import SealingKey
    from reconciler.planning.steps import Prepared
    from reconciler.ports import JournalReader, LiveReader, Progress
    from reconciler.workflows.plan import PlanRequest


def recorded_run(journal: JournalReader | None, run_id: int) -> RunHistory:
    """Return what the journal knows of a run; raises `UsageError` where there is no such run, or no journal."""
    history = None if journal is None else journal.run(run_id)
    if history is None:
        where = "there is no journal yet, so there is" if journal is None else "the journal has"
        raise UsageError(f"{where} no run {run_id}", remedy="`reconcile history` lists the runs")
    return history


@dataclass(frozen=True, slots=True)
class Keys:
    """What the journal's fingerprints were made under, and what its values were encrypted under."""

    fingerprints: FingerprintKey
    sealing: SealingKey | None


async def make_rollback(
    request: PlanRequest,
    history: RunHistory,
    readers: Mapping[str, LiveReader],
    keys: Keys,
    progress: Progress,
    journal: JournalReader | None,
) -> Prepared:
    """Make a plan of kind `rollback`; the request's scope is `rollback_scope` of the run.

    Nothing is fetched from secret stores: what is wanted is in the journal. Raises `StalePlanError` where the run has
    written to more since that scope was found, because it still goes on.
    """
    key = keys.fingerprints
    rollback = rollback_of(history, request.desired, key, keys.sealing)
    if rollback.scope != request.scope:
        raise StalePlanError(
            f"run {history.run.id} is about other services than it was", remedy="make a new plan of the rollback"
        )
    progress.say(f"reading what run {history.run.id} wrote from Render")
    needs = needs_of(rollback.desired, rollback.scope)
    live = await read_live(rollback.desired, rollback.scope, needs, readers, progress)
    remembered = await remember(journal, live, readers, key.key_id, request.origin.created_at)
    if remembered.asked:
        live = replace(live, reads={**live.reads, "deploys": remembered.asked})
    findings = rollback_findings(rollback, request.desired, live, remembered.applied, key)
    prepared = build(
        rollback.desired,
        live,
        {},
        remembered,
        scope=rollback.scope,
        permissions=request.permissions,
        key=key,
        origin=request.origin,
    )
    return as_rollback(prepared, history.run.id, findings)
