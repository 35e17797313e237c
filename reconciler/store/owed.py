"""Owed deploys: services with writes that no deploy is known to have brought to life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from reconciler.domain.address import Address
from reconciler.domain.journal import OwedDeploy
from reconciler.domain.outcome import DeployResult, StepStatus
from reconciler.domain.state import DeployMode
from reconciler.store.moment import moment
from reconciler.store.tables import deploys, steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from reconciler.domain.address import Owner


def may_have_been_done() -> ColumnElement[bool]:
    """Return the condition for steps that Render may have carried out; without a status, the run was killed."""
    return or_(steps.c.status.is_(None), steps.c.status.in_([StepStatus.DONE.value, StepStatus.UNKNOWN.value]))


def owed_deploys(connection: Connection) -> tuple[OwedDeploy, ...]:
    """Return the services that owe a deploy, sorted by their addresses."""
    covering = deploys.alias("covering")
    is_covered = (
        select(covering.c.run_id)
        .where(
            covering.c.target_id == steps.c.target_id,
            covering.c.result.in_([DeployResult.LIVE.value, DeployResult.LIVE_BY_ANOTHER.value]),
            covering.c.covers >= steps.c.id,
            # What only a build brings to life is not alive after a deploy that reused the last one.
            or_(
                deploys.c.mode.is_(None),
                deploys.c.mode != DeployMode.BUILD_AND_DEPLOY.value,
                covering.c.mode == DeployMode.BUILD_AND_DEPLOY.value,
            ),
        )
        .correlate(steps, deploys)
        .exists()
    )
    of_the_same_run = and_(deploys.c.run_id == steps.c.run_id, deploys.c.target_id == steps.c.target_id)
    rows = connection.execute(
        select(
            steps.c.run_id,
            steps.c.address,
            steps.c.target_id,
            func.coalesce(steps.c.settled_at, steps.c.intended_at).label("written_at"),
            deploys.c.mode,
        )
        .select_from(steps.outerjoin(deploys, of_the_same_run))
        .where(may_have_been_done(), ~is_covered)
        .order_by(steps.c.id)
    )
    writes: dict[tuple[Owner, str], list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        owner = Address.parse(row.address).owner
        if owner.service is not None:
            writes.setdefault((owner, row.target_id), []).append(row)
    owed = [_owed(owner, target_id, of_service) for (owner, target_id), of_service in writes.items()]
    return tuple(sorted(owed, key=lambda one: (str(one.owner), one.target_id)))


def _owed(owner: Owner, target_id: str, writes: Sequence[Row[*tuple[Any, ...]]]) -> OwedDeploy:
    times = [write.written_at for write in writes]
    modes = {write.mode for write in writes}
    # In the order of strength: a build also does what a deploy without one does.
    strongest = next((mode for mode in (DeployMode.BUILD_AND_DEPLOY, DeployMode.DEPLOY_ONLY) if mode in modes), None)
    return OwedDeploy(owner, target_id, strongest, moment(min(times)), moment(max(times)), writes[-1].run_id)
