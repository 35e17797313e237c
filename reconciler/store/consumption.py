"""Consuming a plan: it is applied once, by the run whose first intent comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from reconciler.domain.journal import ConsumedPlan
from reconciler.errors import PlanAlreadyAppliedError
from reconciler.store.moment import StoreNow, in_words, moment
from reconciler.store.tables import consumed_plans, runs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from reconciler.store.database import Database


def consume(database: Database, connection: Connection, run_id: int) -> None:
    """Consume the plan of a run, unless this run did; raises `PlanAlreadyAppliedError` where another one did.

    The transaction has to be one that keeps the other ones of the journal waiting.
    """
    row = connection.execute(select(runs.c.plan_id).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        raise database.error(f"has no run {run_id}", "see `reconcile history` for what it has")
    found = consumed_plan(connection, row.plan_id)
    if found is None:
        consumption = {"plan_id": row.plan_id, "run_id": run_id, "consumed_at": StoreNow()}
        connection.execute(insert(consumed_plans).values(consumption))
    elif found.run_id != run_id:
        raise PlanAlreadyAppliedError(
            f"plan {found.plan_id} was applied already: by {found.applied_by} on {in_words(found.consumed_at)},"
            f" in run {found.run_id}",
            remedy="make a new plan: it shows what is left to do, if anything is",
        )


def consumed_plan(connection: Connection, plan_id: str) -> ConsumedPlan | None:
    """Return who applied a plan and when; `None` for one that may still be applied."""
    row = connection.execute(_CONSUMED.where(consumed_plans.c.plan_id == plan_id)).one_or_none()
    return None if row is None else _consumed(row)


def consumed_content(connection: Connection, digest: str, since: datetime) -> ConsumedPlan | None:
    """Return the last plan of some content that was applied since a moment, whatever its id."""
    latest = (consumed_plans.c.consumed_at.desc(), consumed_plans.c.run_id.desc())
    row = connection.execute(_CONSUMED.where(runs.c.digest == digest).order_by(*latest).limit(1)).one_or_none()
    found = None if row is None else _consumed(row)
    return found if found is not None and found.consumed_at >= since else None


_CONSUMED = select(
    consumed_plans.c.plan_id, consumed_plans.c.run_id, consumed_plans.c.consumed_at, runs.c.applied_by
).join(runs, runs.c.id == consumed_plans.c.run_id)


def _consumed(row: Row[str, int, int, str]) -> ConsumedPlan:
    return ConsumedPlan(row.plan_id, row.run_id, row.applied_by, moment(row.consumed_at))
