"""Reading the journal back: rows as the records that the rest of the program knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from reconciler.domain.address import Address, Owner
from reconciler.domain.change import Action
from reconciler.domain.journal import (
    DeployRecord,
    DeployState,
    RunHistory,
    RunRecord,
    RunResult,
    StepRecord,
    UnattemptedWrite,
)
from reconciler.domain.outcome import DeployResult, StepStatus
from reconciler.domain.plan import PlanKind
from reconciler.domain.state import DeployMode
from reconciler.domain.value import Fingerprint, Sealed
from reconciler.store.moment import moment, moment_or_none
from reconciler.store.tables import deploys, planned_writes, runs, steps

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row


def run_records(connection: Connection, limit: int) -> tuple[RunRecord, ...]:
    """Return the last runs, newest first."""
    rows = connection.execute(select(runs).order_by(runs.c.id.desc()).limit(limit))
    return tuple(_run(row) for row in rows)


def run_history(connection: Connection, run_id: int) -> RunHistory | None:
    """Return everything about one run; `None` for a number that is none's."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        return None
    intended = connection.execute(select(steps).where(steps.c.run_id == run_id).order_by(steps.c.sequence)).all()
    reached = {step.address for step in intended}
    planned = connection.execute(
        select(planned_writes).where(planned_writes.c.run_id == run_id).order_by(planned_writes.c.sequence)
    )
    owed = connection.execute(select(deploys).where(deploys.c.run_id == run_id).order_by(deploys.c.address))
    return RunHistory(
        _run(row),
        tuple(_step(step) for step in intended),
        tuple(
            UnattemptedWrite(Address.parse(write.address), write.target_id, Action(write.action))
            for write in planned
            if write.address not in reached
        ),
        tuple(_deploy(deploy) for deploy in owed),
    )


def fingerprint_or_none(text: str | None) -> Fingerprint | None:
    """Return a stored fingerprint, where there is one."""
    return None if text is None else Fingerprint(text)


def _run(row: Row[Any]) -> RunRecord:
    return RunRecord(
        id=row.id,
        plan_id=row.plan_id,
        kind=PlanKind(row.kind),
        undoes=row.undoes,
        digest=row.digest,
        key_id=row.key_id,
        environments=tuple(row.environments),
        applied_by=row.applied_by,
        approved_by=tuple(row.approved_by),
        started_at=moment(row.started_at),
        finished_at=moment_or_none(row.finished_at),
        result=None if row.result is None else RunResult(row.result),
    )


def _step(row: Row[Any]) -> StepRecord:
    return StepRecord(
        id=row.id,
        run_id=row.run_id,
        sequence=row.sequence,
        address=Address.parse(row.address),
        target_id=row.target_id,
        action=Action(row.action),
        before=fingerprint_or_none(row.before),
        after=fingerprint_or_none(row.after),
        previous=None if row.previous is None else Sealed(row.previous),
        is_kept=row.is_kept,
        intended_at=moment(row.intended_at),
        status=None if row.status is None else StepStatus(row.status),
        detail=row.detail,
        settled_at=moment_or_none(row.settled_at),
    )


def _deploy(row: Row[Any]) -> DeployRecord:
    return DeployRecord(
        run_id=row.run_id,
        owner=Owner.parse(row.address),
        target_id=row.target_id,
        mode=DeployMode(row.mode),
        is_left_out=row.is_left_out,
        state=DeployState(row.state),
        newest_before=row.newest_before,
        deploy_id=row.deploy_id,
        result=None if row.result is None else DeployResult(row.result),
        detail=row.detail,
        owed_at=moment(row.owed_at),
        requested_at=moment_or_none(row.requested_at),
        settled_at=moment_or_none(row.settled_at),
    )
