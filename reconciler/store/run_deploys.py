"""The deploys of a run while it goes on: owed, then asked for or left out, then settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, insert, select, update

from reconciler.domain.journal import DeployState
from reconciler.domain.outcome import DeployResult
from reconciler.store.database import plain
from reconciler.store.moment import StoreNow
from reconciler.store.owed import strongest
from reconciler.store.tables import deploys, reaches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row, ScalarSelect

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.journal import Reach
    from reconciler.domain.value import Fingerprint
    from reconciler.store.database import Database


class RunDeploys:
    """One run's deploys, within a transaction that keeps every other one of the journal waiting."""

    def __init__(self, database: Database, connection: Connection, run_id: int) -> None:
        self._database = database
        self._connection = connection
        self._run_id = run_id

    def owe(self, reach: Reach) -> None:
        """Record that the run owes a deploy; one that it owes already becomes what both need, until it is asked for."""
        found = self._connection.execute(select(deploys).where(self._is_of(reach.owner))).one_or_none()
        if found is None:
            row = {
                "run_id": self._run_id,
                "address": str(reach.owner),
                "target_id": reach.target_id,
                "mode": reach.mode.value,
                "is_left_out": reach.is_left_out,
                "state": DeployState.OWED.value,
                "owed_at": StoreNow(),
            }
            self._connection.execute(insert(deploys).values(row))
        elif found.state == DeployState.OWED.value:
            needed = {
                "mode": strongest([found.mode, reach.mode.value]).value,
                "is_left_out": found.is_left_out and reach.is_left_out,
            }
            self._update(reach.owner, needed)
        # Else what was asked for stays what it was: it was not asked to bring this write to life.

    def take_over(self, reach: Reach) -> None:
        """Record that the run owes a deploy for everything that has reached its service so far."""
        self.owe(reach)
        self._update(reach.owner, {"takes_over": _last_step(reach.target_id)})

    def request(
        self,
        owner: Owner,
        deploy_id: str | None,
        newest_before: str | None,
        values: Mapping[Address, Fingerprint] | None,
    ) -> None:
        """Record that a deploy is asked for, or which one Render made of it; raises `StoreError` if none is owed."""
        row = self._owed(owner)
        has_ended = row.state in {DeployState.SETTLED.value, DeployState.PROVEN.value}
        asks_again = has_ended and deploy_id is None
        if row.state == DeployState.OWED.value or asks_again:
            asked = {
                "state": DeployState.REQUESTED.value,
                "newest_before": newest_before,
                "deploy_id": deploy_id,
                "declared": None if values is None else {str(address): value for address, value in values.items()},
                "covers": _last_step(row.target_id),
                "requested_at": StoreNow(),
                # Of an earlier request: it must not vouch for what this one is asked to cover.
                "result": None,
                "detail": None,
                "settled_at": None,
            }
            self._update(owner, asked)
        else:
            # The first word counts: of what was written since then, the deploy may know nothing.
            named = {
                "newest_before": newest_before if row.newest_before is None else row.newest_before,
                "deploy_id": row.deploy_id if deploy_id is None else deploy_id,
            }
            self._update(owner, named)

    def leave_out(self, owner: Owner, newest_before: str | None) -> None:
        """Record that a deploy is left to somebody else; raises `StoreError` if none is owed."""
        row = self._owed(owner)
        left = {
            "state": DeployState.SETTLED.value,
            "result": DeployResult.PENDING.value,
            "newest_before": newest_before,
            "covers": _last_step(row.target_id),
            "settled_at": StoreNow(),
        }
        self._update(owner, left)

    def settle(self, owner: Owner, result: DeployResult, deploy_id: str | None, detail: str | None) -> None:
        """Record what became of a deploy; raises `StoreError` if none is owed."""
        row = self._owed(owner)
        settled = {
            "state": DeployState.SETTLED.value,
            "result": result.value,
            "deploy_id": row.deploy_id if deploy_id is None else deploy_id,
            "detail": None if detail is None else plain(detail),
            "settled_at": StoreNow(),
        }
        self._update(owner, settled)

    def prove(self, owner: Owner) -> None:
        """Record that a live deploy's service is healthy; raises `StoreError` if none is owed."""
        self._owed(owner)
        self._update(owner, {"state": DeployState.PROVEN.value})

    def _owed(self, owner: Owner) -> Row[*tuple[Any, ...]]:
        row = self._connection.execute(select(deploys).where(self._is_of(owner))).one_or_none()
        if row is None:
            raise self._database.error("has no such owed deploy", "see `reconcile history` for what it has")
        return row

    def _update(self, owner: Owner, values: dict[str, Any]) -> None:
        self._connection.execute(update(deploys).where(self._is_of(owner)).values(values))

    def _is_of(self, owner: Owner) -> ColumnElement[bool]:
        return and_(deploys.c.run_id == self._run_id, deploys.c.address == str(owner))


def _last_step(target_id: str) -> ScalarSelect[int]:
    """Return the last step that reaches a target; 0 where none does."""
    return (
        select(func.coalesce(func.max(reaches.c.step_id), 0)).where(reaches.c.target_id == target_id).scalar_subquery()
    )
