"""Apply: carry out a plan that was rebuilt and found to be the approved one; it decides nothing new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.domain.outcome import ApplyResult
from reconciler.errors import CheckFailedError, ReadOnlyError, StalePlanError, TooManyDeletesError
from reconciler.planning.limits import TOO_MANY_DELETES
from reconciler.planning.matching import matches_of
from reconciler.workflows.course import Course
from reconciler.workflows.settlement import not_attempted
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from reconciler.domain.outcome import ServiceOutcome
    from reconciler.domain.plan import Plan
    from reconciler.planning.steps import EntrySteps, Prepared
    from reconciler.ports import Clock, LiveWriter
    from reconciler.workflows.settle import Settling


def require_same(approved: Plan, rebuilt: Plan) -> None:
    """Demand that today's plan is the approved one; raises `StalePlanError` that says what differs."""
    if approved.digest == rebuilt.digest:
        return
    from reconciler.planning.staleness import differences_between  # noqa: PLC0415 — it loads deepdiff, seldom needed

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
    """Do what the plan says: services and groups beside each other, each waiting only for what it has to come after.

    One's failure stops only those that come after it. Never raises for what Render does; the result says it.
    """
    started_at = clock.now()
    course = Course(prepared.entries)

    async def one(entry: EntrySteps) -> ServiceOutcome:
        if await course.predecessors_succeeded(entry) and not stop.is_set():
            outcome = await settling.settle(entry, writers[entry.owner.environment], course)
        else:
            outcome = not_attempted(entry)
        course.finish(outcome)
        return outcome

    outcomes = await all_of(one(entry) for entry in course.entries)
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
    await settling.recording.finish(result, matches_of(prepared, settling.recording.key))
    return replace(result, trouble=tuple(settling.recording.trouble))
