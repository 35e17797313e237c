"""Apply: carry out a plan that was rebuilt and found to be the approved one; it decides nothing new."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.domain.outcome import ApplyResult, ServiceOutcome
from reconciler.errors import CheckFailedError, ReadOnlyError, StalePlanError, TooManyDeletesError
from reconciler.planning.limits import TOO_MANY_DELETES
from reconciler.planning.staleness import differences_between
from reconciler.workflows.settle import Settling, not_attempted
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.address import Owner
    from reconciler.domain.plan import Plan
    from reconciler.planning.steps import Prepared, ServiceSteps
    from reconciler.ports import Clock, LiveWriter


def require_same(approved: Plan, rebuilt: Plan) -> None:
    """Demand that today's plan is the approved one; raises `StalePlanError` that says what differs."""
    if approved.digest == rebuilt.digest:
        return
    lines = differences_between(approved, rebuilt)
    raise StalePlanError(
        "the plan is stale: what it was made from is no longer so\n" + "\n".join(f"  {line}" for line in lines),
        remedy="make a new plan, look at it, and have it approved",
    )


def require_allowed(prepared: Prepared) -> None:
    """Refuse a plan with check errors, or one that would write to a read-only service; nothing was written."""
    plan = prepared.plan
    errors = [check for check in plan.checks if check.severity is Severity.ERROR]
    for check in errors:
        if check.code == TOO_MANY_DELETES:
            raise TooManyDeletesError(check.message, remedy=check.fix)
    if errors:
        lines = "\n".join(f"  {check.address or check.location or ''}: {check.message}" for check in errors)
        raise CheckFailedError(f"the plan has {len(errors)} check error{'s'[: len(errors) > 1]}\n{lines}")
    locked = [service for service in prepared.services if service.desired.read_only and service.steps]
    if locked:
        names = ", ".join(str(service.owner) for service in locked)
        writable = sorted({service.owner.name for service in prepared.services} - {one.owner.name for one in locked})
        scope = " ".join(f"-s {name}" for name in writable)
        raise ReadOnlyError(
            f"{names}: declared read-only, and the plan would write to it",
            remedy=f"leave it out: plan with {scope}" if scope else "mend it by hand on Render, or lift `read_only`",
        )


async def carry_out(  # noqa: PLR0913 — the plan, the world, and who stands behind it
    prepared: Prepared,
    writers: Mapping[str, LiveWriter],
    settling: Settling,
    clock: Clock,
    *,
    applied_by: str,
    approved_by: tuple[str, ...],
    stop: asyncio.Event,
) -> ApplyResult:
    """Do what the plan says: services beside each other, except that one deploys `after` those it names.

    One service's failure stops only those that come after it. Never raises for what Render does; the result says it.
    """
    started_at = clock.now()
    pending = {service.owner: service for service in prepared.services if service.steps or service.deploy}
    finished: dict[Owner, asyncio.Future[ServiceOutcome]] = {
        owner: asyncio.get_running_loop().create_future() for owner in pending
    }

    async def one(service: ServiceSteps) -> ServiceOutcome:
        before = [
            await finished[owner]
            for owner in pending
            if owner.environment == service.owner.environment and owner.name in service.desired.deploy.after
        ]
        if stop.is_set() or not all(outcome.succeeded for outcome in before):
            outcome = not_attempted(service)
        else:
            outcome = await settling.settle(service, writers[service.owner.environment])
        finished[service.owner].set_result(outcome)
        return outcome

    outcomes = await all_of(one(service) for service in pending.values())
    result = ApplyResult(
        run_id=settling.recording.run_id,
        plan_id=prepared.plan.plan_id,
        digest=prepared.plan.digest,
        started_at=started_at,
        finished_at=clock.now(),
        applied_by=applied_by,
        approved_by=approved_by,
        services=tuple(outcomes),
        interrupted=stop.is_set() and not all(outcome.succeeded for outcome in outcomes),
    )
    await settling.recording.finish(result)
    return replace(result, trouble=tuple(settling.recording.trouble))
