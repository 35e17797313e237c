"""The journal: what applies meant to do, did, and still owe, each word on disk before the work goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, or_, select, update

from reconciler.domain.journal import DeployState
from reconciler.domain.outcome import StepStatus
from reconciler.planning.fingerprint import FINGERPRINT_LENGTH
from reconciler.store.applied import applied_records, record_applied
from reconciler.store.consumption import consume, consumed_plan
from reconciler.store.database import plain
from reconciler.store.history import run_history, run_records
from reconciler.store.moment import StoreNow
from reconciler.store.owed import owed_deploys
from reconciler.store.tables import deploys, planned_writes, runs, steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Update

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.journal import (
        Applied,
        ConsumedPlan,
        Intent,
        OwedDeploy,
        RunHistory,
        RunRecord,
        RunResult,
    )
    from reconciler.domain.outcome import DeployResult
    from reconciler.domain.plan import Plan, PlannedDeploy
    from reconciler.domain.value import Fingerprint
    from reconciler.store.database import Database

_HEXADECIMAL = frozenset("0123456789abcdef")


class SqlJournal:
    """The journal in a database; see the port for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, plan: Plan, applied_by: str, approved_by: Sequence[str]) -> int:
        """Record that a run of the plan starts; return its id."""
        with self._database.writing() as connection:
            row = {
                "plan_id": plan.plan_id,
                "digest": plan.digest,
                "key_id": plan.key_id,
                "environments": list(plan.scope.environments),
                "applied_by": plain(applied_by),
                "approved_by": [plain(name) for name in approved_by],
                "started_at": StoreNow(),
            }
            run_id = _key(connection.execute(insert(runs).values(row)).inserted_primary_key)
            writes = [
                {
                    "run_id": run_id,
                    "sequence": sequence,
                    "address": str(change.address),
                    "target_id": change.target_id,
                    "action": change.action.value,
                }
                for sequence, change in enumerate(plan.pending, start=1)
            ]
            if writes:
                connection.execute(insert(planned_writes), writes)
        return run_id

    def intend(self, run_id: int, intent: Intent) -> int:
        """Record a write that is about to be sent; return the step's id."""
        _require_fingerprints(intent.before, intent.after)
        with self._database.writing() as connection:
            consume(self._database, connection, run_id)
            if intent.deploy is not None:
                _owe(connection, run_id, intent.address.owner, intent.target_id, intent.deploy.value)
            last = select(func.coalesce(func.max(steps.c.sequence), 0)).where(steps.c.run_id == run_id)
            row = {
                "run_id": run_id,
                "sequence": last.scalar_subquery() + 1,
                "address": str(intent.address),
                "target_id": intent.target_id,
                "action": intent.action.value,
                "before": intent.before,
                "after": intent.after,
                "intended_at": StoreNow(),
            }
            return _key(connection.execute(insert(steps).values(row)).inserted_primary_key)

    def settle(self, step_id: int, status: StepStatus, detail: str | None = None) -> None:
        """Record how a write ended."""
        is_open = or_(steps.c.status.is_(None), steps.c.status == StepStatus.UNKNOWN.value)
        ending = {
            "status": status.value,
            "detail": None if detail is None else plain(detail),
            "settled_at": StoreNow(),
        }
        with self._database.writing() as connection:
            self._change(connection, update(steps).where(steps.c.id == step_id, is_open).values(ending), "open step")
            if status is StepStatus.DONE:
                record_applied(connection, step_id)

    def intend_deploy(self, run_id: int, deploy: PlannedDeploy) -> None:
        """Record a deploy that the run owes without a write of its own."""
        with self._database.writing() as connection:
            consume(self._database, connection, run_id)
            _owe(connection, run_id, deploy.owner, deploy.target_id, deploy.mode.value)

    def deploy_requested(self, run_id: int, owner: Owner, deploy_id: str | None) -> None:
        """Record that an owed deploy was asked for."""
        last = select(func.coalesce(func.max(steps.c.id), 0)).where(steps.c.target_id == deploys.c.target_id)
        # The first request counts, where two are reported: of what was written between them it may know nothing.
        asked = {
            "state": DeployState.REQUESTED.value,
            "deploy_id": func.coalesce(deploy_id, deploys.c.deploy_id),
            "covers": func.coalesce(deploys.c.covers, last.scalar_subquery()),
            "requested_at": func.coalesce(deploys.c.requested_at, StoreNow()),
        }
        with self._database.writing() as connection:
            self._change(connection, _deploy_of(run_id, owner).values(asked), "owed deploy")

    def deploy_settled(
        self, run_id: int, owner: Owner, result: DeployResult, deploy_id: str | None = None, detail: str | None = None
    ) -> None:
        """Record what became of a deploy."""
        ending = {
            "state": DeployState.SETTLED.value,
            "result": result.value,
            "deploy_id": func.coalesce(deploy_id, deploys.c.deploy_id),
            "detail": None if detail is None else plain(detail),
            "settled_at": StoreNow(),
        }
        with self._database.writing() as connection:
            self._change(connection, _deploy_of(run_id, owner).values(ending), "owed deploy")

    def finish(self, run_id: int, result: RunResult) -> None:
        """Record that a run came to its end."""
        ending = update(runs).where(runs.c.id == run_id, runs.c.finished_at.is_(None))
        with self._database.writing() as connection:
            self._change(connection, ending.values(finished_at=StoreNow(), result=result.value), "unfinished run")

    def consumed(self, plan_id: str) -> ConsumedPlan | None:
        """Return who applied a plan and when."""
        with self._database.reading() as connection:
            return consumed_plan(connection, plan_id)

    def owed_deploys(self) -> Sequence[OwedDeploy]:
        """List the services with writes that no live deploy covers."""
        with self._database.reading() as connection:
            return owed_deploys(connection)

    def last_applied(self, address: Address, key_id: str) -> Applied | None:
        """Return what was last set at an address."""
        with self._database.reading() as connection:
            return applied_records(connection, key_id, address).get(address)

    def all_applied(self, key_id: str) -> Mapping[Address, Applied]:
        """Return what was last set at every address."""
        with self._database.reading() as connection:
            return applied_records(connection, key_id)

    def runs(self, limit: int = 20) -> Sequence[RunRecord]:
        """List the last runs, newest first."""
        with self._database.reading() as connection:
            return run_records(connection, limit)

    def run(self, run_id: int) -> RunHistory | None:
        """Return everything that is known of one run."""
        with self._database.reading() as connection:
            return run_history(connection, run_id)

    def _change(self, connection: Connection, statement: Update, what: str) -> None:
        """Change exactly one row: a journal that swallows what it is told would vouch for too much."""
        if connection.execute(statement).rowcount != 1:
            raise self._database.error(f"has no such {what}", "see `reconcile history` for what it has")


def _owe(connection: Connection, run_id: int, owner: Owner, target_id: str, mode: str) -> None:
    """Record an owed deploy unless the run owes it already; `consume` keeps the run's other intents out meanwhile."""
    if connection.execute(select(deploys.c.mode).where(_is_deploy_of(run_id, owner))).first() is not None:
        return
    row = {
        "run_id": run_id,
        "address": str(owner),
        "target_id": target_id,
        "mode": mode,
        "state": DeployState.OWED.value,
        "owed_at": StoreNow(),
    }
    connection.execute(insert(deploys).values(row))


def _deploy_of(run_id: int, owner: Owner) -> Update:
    return update(deploys).where(_is_deploy_of(run_id, owner))


def _is_deploy_of(run_id: int, owner: Owner) -> ColumnElement[bool]:
    return and_(deploys.c.run_id == run_id, deploys.c.address == str(owner))


def _key(inserted: Any) -> int:  # noqa: ANN401 — SQLAlchemy's row of a primary key
    (key,) = inserted
    assert isinstance(key, int)  # noqa: S101 — a mistake of ours, not of a user's
    return key


def _require_fingerprints(*texts: Fingerprint | None) -> None:
    """Refuse what cannot be a fingerprint, without repeating it: it could be a value that got here by mistake."""
    for text in texts:
        if text is not None and (len(text) != FINGERPRINT_LENGTH or not _HEXADECIMAL.issuperset(text)):
            raise ValueError("the journal takes fingerprints, and was given something else")
