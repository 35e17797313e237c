"""The journal: what applies meant to do, did, and still owe, each word on disk before the work goes on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from reconciler.planning.fingerprint import FINGERPRINT_LENGTH
from reconciler.store.consumption import consume
from reconciler.store.database import plain, wait_for_others
from reconciler.store.journal_reader import SqlJournalReader
from reconciler.store.matches import record_matches
from reconciler.store.moment import StoreNow
from reconciler.store.run_deploys import RunDeploys
from reconciler.store.tables import planned_writes, reaches, runs, steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Update

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.journal import Intent, Match, Reach, RunResult
    from reconciler.domain.outcome import DeployResult, StepStatus
    from reconciler.domain.plan import Plan
    from reconciler.domain.value import Fingerprint

_HEXADECIMAL = frozenset("0123456789abcdef")

# Any number that other programs are unlikely to have chosen for the same database.
_WRITING = 7_263_636_280


class SqlJournal(SqlJournalReader):
    """The journal in a database; see the port for what each method promises."""

    def begin(self, plan: Plan, applied_by: str, approved_by: Sequence[str]) -> int:
        """Record that a run of the plan starts; return its id."""
        with self._database.writing() as connection:
            row = {
                "plan_id": plan.plan_id,
                "kind": plan.kind.value,
                "undoes": plan.run,
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
        with self._in_order() as connection:
            consume(self._database, connection, run_id)
            last = select(func.coalesce(func.max(steps.c.sequence), 0)).where(steps.c.run_id == run_id)
            row = {
                "run_id": run_id,
                "sequence": last.scalar_subquery() + 1,
                "address": str(intent.address),
                "target_id": intent.target_id,
                "action": intent.action.value,
                "before": intent.before,
                "after": intent.after,
                "previous": intent.previous,
                "is_kept": intent.is_kept,
                "intended_at": StoreNow(),
            }
            step_id = _key(connection.execute(insert(steps).values(row)).inserted_primary_key)
            deploys = RunDeploys(self._database, connection, run_id)
            for reach in intent.reaches:
                connection.execute(insert(reaches).values(_reach_row(step_id, reach)))
                deploys.owe(reach)
            return step_id

    def settle(self, step_id: int, status: StepStatus, detail: str | None = None) -> None:
        """Record how a write ended."""
        ending = {
            "status": status.value,
            "detail": None if detail is None else plain(detail),
            "settled_at": StoreNow(),
        }
        with self._database.writing() as connection:
            self._change(connection, update(steps).where(steps.c.id == step_id).values(ending), "step")

    def owe(self, run_id: int, reach: Reach) -> None:
        """Record a deploy that the run owes without a write of its own."""
        with self._in_order() as connection:
            consume(self._database, connection, run_id)
            RunDeploys(self._database, connection, run_id).take_over(reach)

    def deploy_requested(
        self,
        run_id: int,
        owner: Owner,
        deploy_id: str | None,
        *,
        newest_before: str | None = None,
        values: Mapping[Address, Fingerprint] | None = None,
    ) -> None:
        """Record that an owed deploy is asked for."""
        _require_fingerprints(*(values or {}).values())
        with self._in_order() as connection:
            RunDeploys(self._database, connection, run_id).request(owner, deploy_id, newest_before, values)

    def deploy_left_out(self, run_id: int, owner: Owner, *, newest_before: str | None) -> None:
        """Record that a deploy is left to somebody else."""
        with self._in_order() as connection:
            RunDeploys(self._database, connection, run_id).leave_out(owner, newest_before)

    def deploy_settled(
        self, run_id: int, owner: Owner, result: DeployResult, deploy_id: str | None = None, detail: str | None = None
    ) -> None:
        """Record what became of a deploy."""
        with self._in_order() as connection:
            RunDeploys(self._database, connection, run_id).settle(owner, result, deploy_id, detail)

    def deploy_proven(self, run_id: int, owner: Owner) -> None:
        """Record that a service is healthy after a deploy."""
        with self._in_order() as connection:
            RunDeploys(self._database, connection, run_id).prove(owner)

    def finish(self, run_id: int, result: RunResult, matches: Sequence[Match] = ()) -> None:
        """Record that a run came to its end, and which services were then as they should be."""
        ending = update(runs).where(runs.c.id == run_id, runs.c.finished_at.is_(None))
        _require_fingerprints(*(match.desired for match in matches))
        with self._database.writing() as connection:
            self._change(connection, ending.values(finished_at=StoreNow(), result=result.value), "unfinished run")
            record_matches(connection, run_id, matches)

    @contextmanager
    def _in_order(self) -> Iterator[Connection]:
        """Open a transaction that comes before or after each other one of these, whichever run it is of.

        What a deploy covers is told from the ids of steps: one with a smaller id must not appear later.
        """
        with self._database.writing() as connection:
            wait_for_others(connection, _WRITING)
            yield connection

    def _change(self, connection: Connection, statement: Update, what: str) -> None:
        """Change exactly one row: a journal that swallows what it is told would vouch for too much."""
        if connection.execute(statement).rowcount != 1:
            raise self._database.error(f"has no such {what}", "see `reconcile history` for what it has")


def _reach_row(step_id: int, reach: Reach) -> dict[str, Any]:
    return {
        "step_id": step_id,
        "address": str(reach.owner),
        "target_id": reach.target_id,
        "mode": reach.mode.value,
        "is_left_out": reach.is_left_out,
    }


def _key(inserted: Any) -> int:  # noqa: ANN401 — SQLAlchemy's row of a primary key
    (key,) = inserted
    assert isinstance(key, int)  # noqa: S101 — a mistake of ours, not of a user's
    return key


def _require_fingerprints(*texts: Fingerprint | None) -> None:
    """Refuse what cannot be a fingerprint, without repeating it: it could be a value that got here by mistake."""
    for text in texts:
        if text is not None and (len(text) != FINGERPRINT_LENGTH or not _HEXADECIMAL.issuperset(text)):
            raise ValueError("the journal takes fingerprints, and was given something else")
