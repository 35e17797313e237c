"""Owed deploys: services with writes that no deploy is known to have brought to life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from reconciler.domain.address import Owner
from reconciler.domain.journal import DeployRequest, DeployState, OwedDeploy
from reconciler.domain.outcome import DeployResult, StepStatus
from reconciler.domain.state import DeployMode
from reconciler.store.moment import StoreNow, moment
from reconciler.store.tables import deploys, reaches, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, FromClause, Row

LIVE = (DeployResult.LIVE.value, DeployResult.LIVE_BY_ANOTHER.value)
_FAILED = (DeployResult.FAILED.value, DeployResult.CANCELED.value)


def may_have_been_done(step: FromClause = steps) -> ColumnElement[bool]:
    """Return the condition for steps that Render may have carried out; without a status, the run was killed."""
    return or_(step.c.status.is_(None), step.c.status.in_([StepStatus.DONE.value, StepStatus.UNKNOWN.value]))


def strongest(modes: Iterable[str]) -> DeployMode:
    """Return the mode that does what each of these does: a build also does what a deploy without one does."""
    return DeployMode.BUILD_AND_DEPLOY if DeployMode.BUILD_AND_DEPLOY.value in modes else DeployMode.DEPLOY_ONLY


def owed_deploys(connection: Connection) -> tuple[OwedDeploy, ...]:
    """Return the services that owe a deploy, each once, sorted by their addresses.

    What makes a service one is its id on Render: renamed in services.yaml, it owes what it owed under its old name too.
    """
    writes: dict[str, list[Row[*tuple[Any, ...]]]] = {}
    for row in _uncovered(connection):
        writes.setdefault(row.target_id, []).append(row)
    owed = (_owed(connection, target_id, of_service) for target_id, of_service in writes.items())
    return tuple(sorted(owed, key=lambda one: str(one.owner)))


def _uncovered(connection: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return what reaches a service without a live deploy that was asked for later, in the order of the writes."""
    covering = deploys.alias("covering")
    is_covered = (
        select(covering.c.run_id)
        .where(
            covering.c.target_id == reaches.c.target_id,
            covering.c.result.in_(LIVE),
            covering.c.covers >= reaches.c.step_id,
            # What only a build brings to life is not alive after a deploy that reused the last one.
            or_(
                reaches.c.mode != DeployMode.BUILD_AND_DEPLOY.value,
                covering.c.mode == DeployMode.BUILD_AND_DEPLOY.value,
            ),
        )
        .correlate(reaches)
        .exists()
    )
    return connection.execute(
        select(
            reaches,
            steps.c.run_id,
            func.coalesce(steps.c.settled_at, steps.c.intended_at).label("since"),
            # A write whose end nobody recorded may have waited for long before it was sent: all that is certain is
            # that it was before now, once its run is dead.
            func.coalesce(steps.c.settled_at, StoreNow()).label("until"),
        )
        .join(steps, steps.c.id == reaches.c.step_id)
        .where(may_have_been_done(), ~is_covered)
        .order_by(reaches.c.step_id)
    ).all()


def _owed(connection: Connection, target_id: str, writes: Sequence[Row[*tuple[Any, ...]]]) -> OwedDeploy:
    first, last = writes[0], writes[-1]
    mode = strongest([write.mode for write in writes])
    of_target = deploys.c.target_id == target_id
    taken_over = select(deploys.c.run_id).where(
        of_target, deploys.c.takes_over >= first.step_id, deploys.c.is_left_out.is_(False)
    )
    return OwedDeploy(
        Owner.parse(last.address),
        target_id,
        mode,
        is_left_out=all(write.is_left_out for write in writes) and connection.execute(taken_over).first() is None,
        since=moment(min(write.since for write in writes)),
        last_write_at=moment(max(write.until for write in writes)),
        run_id=last.run_id,
        request=_request(connection, target_id, mode, last.step_id),
    )


def _request(connection: Connection, target_id: str, mode: DeployMode, last_step: int) -> DeployRequest | None:
    """Return the last request or look after a step, unless it failed; one that is too weak to help is none."""
    wanted = select(deploys).where(deploys.c.target_id == target_id, deploys.c.covers >= last_step)
    if mode is DeployMode.BUILD_AND_DEPLOY:
        wanted = wanted.where(deploys.c.mode == mode.value)
    # By ids and not by times, since somebody may have set the clock back.
    row = connection.execute(wanted.order_by(deploys.c.covers.desc(), deploys.c.run_id.desc())).first()
    if row is None or row.result in _FAILED:
        return None
    at = row.settled_at if row.requested_at is None else row.requested_at
    return DeployRequest(row.deploy_id, row.newest_before, DeployMode(row.mode), moment(at))


def unproven_deploys(connection: Connection) -> dict[str, int]:
    """Return the run of each target's last request for a deploy, where nothing says that health was proven after it."""
    asked = select(deploys.c.target_id, deploys.c.run_id, deploys.c.state).where(deploys.c.requested_at.is_not(None))
    last = {row.target_id: row for row in connection.execute(asked.order_by(deploys.c.covers, deploys.c.run_id))}
    return {target_id: row.run_id for target_id, row in last.items() if row.state != DeployState.PROVEN.value}
