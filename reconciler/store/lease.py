"""A lease: locks that are held for a while, and for longer as long as their holder lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sqlalchemy import delete, select, update

from reconciler.errors import LeaseLostError
from reconciler.store.lock_records import lock_records
from reconciler.store.moment import StoreNow, in_words
from reconciler.store.tables import locks

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy import Connection

    from reconciler.store.database import Database

_REMEDY = "find out who else applies; then make a new plan: it shows what is left to do"


class SqlLease:
    """Locks held under one token; see the port for what each method promises."""

    def __init__(self, database: Database, names: tuple[str, ...], token: str, milliseconds: int) -> None:
        self._database = database
        self._names = names
        self._token = token
        self._milliseconds = milliseconds

    @property
    def names(self) -> tuple[str, ...]:
        """The locks, sorted."""
        return self._names

    def check(self) -> None:
        """Renew the lease when it is time; raises `LeaseLostError` when a lock is no longer held."""
        with self._database.reading() as connection:
            is_due = self._require_held(connection, for_update=False)
        if is_due:
            with self._database.writing() as connection:
                # Once more, now that nobody can change the rows: it may have been lost a moment ago.
                self._require_held(connection, for_update=True)
                renewed = {"heartbeat_at": StoreNow(), "expires_at": StoreNow() + self._milliseconds}
                connection.execute(update(locks).where(locks.c.token == self._token).values(renewed))

    def release(self) -> None:
        """Let go of the locks that are still held."""
        with self._database.writing() as connection:
            connection.execute(delete(locks).where(locks.c.token == self._token))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.release()

    def _require_held(self, connection: Connection, *, for_update: bool) -> bool:
        """Return whether a third of the lease is over; raises `LeaseLostError` unless every lock is held."""
        held = select(locks.c.name, (locks.c.heartbeat_at + self._milliseconds // 3 <= StoreNow()).label("is_due"))
        held = held.where(locks.c.token == self._token, locks.c.expires_at > StoreNow()).order_by(locks.c.name)
        rows = connection.execute(held.with_for_update() if for_update else held).all()
        lost = sorted(set(self._names) - {row.name for row in rows})
        if lost:
            raise LeaseLostError(_lost(connection, lost), remedy=_REMEDY)
        return any(row.is_due for row in rows)


def _lost(connection: Connection, names: list[str]) -> str:
    """Say what became of locks: expired ones may still lie there, under our own token or another's."""
    now = {record.name: record for record in lock_records(connection, names) if not record.is_expired}
    clauses = [
        f"{name} (now held by {now[name].owner}, process {now[name].pid} on {now[name].host}, since"
        f" {in_words(now[name].acquired_at)})"
        if name in now
        else f"{name} (it ran out, or somebody broke it)"
        for name in names
    ]
    return f"the lock was lost: {', '.join(clauses)}"
