"""The locks: one apply per workspace and environment, whoever starts it and wherever."""

from __future__ import annotations

import os
import secrets
import socket
import time
from typing import TYPE_CHECKING

from sqlalchemy import delete

from reconciler.errors import LockHeldError
from reconciler.store.database import insert_unless_there, plain
from reconciler.store.lease import SqlLease
from reconciler.store.lock_records import lock_records
from reconciler.store.moment import StoreNow, in_words
from reconciler.store.tables import locks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from reconciler.domain.journal import LockRecord
    from reconciler.store.database import Database

POLL_SECONDS = 0.2
"""How long to wait between two tries for a lock that somebody holds."""


_REMEDY = "wait for it to end, or break the lock with `reconcile unlock` if it is certain that nothing runs there"


class SqlLocks:
    """The locks in a database; see the port for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, names: Iterable[str], owner: str, *, lease_seconds: float, wait_seconds: float = 0) -> SqlLease:
        """Take all the locks or none."""
        # In one order everywhere, so that two that want the same ones never wait for each other.
        wanted = tuple(sorted(set(names)))
        # How long to wait is a length, not a time of day, so this machine's clock will do.
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                lease = self._take(wanted, plain(owner), round(lease_seconds * 1000))
            except LockHeldError:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
                time.sleep(min(POLL_SECONDS, left))
            else:
                if lease is not None:
                    return lease

    def break_lock(self, name: str) -> LockRecord | None:
        """Take a lock away from whoever holds it; return whose it was."""
        with self._database.writing() as connection:
            broken = lock_records(connection, [name], for_update=True)
            connection.execute(delete(locks).where(locks.c.name == name))
        return broken[0] if broken else None

    def locks(self) -> Sequence[LockRecord]:
        """List the locks that are held, or were by somebody whose lease has run out."""
        with self._database.reading() as connection:
            return lock_records(connection)

    def _take(self, names: tuple[str, ...], owner: str, lease_milliseconds: int) -> SqlLease | None:
        """Take all the locks now; `None` where one that was held is free again, so that it is worth another try."""
        token = secrets.token_hex(16)
        with self._database.writing() as connection:
            _require_free(connection, names)
            for place, name in enumerate(names):
                connection.execute(delete(locks).where(locks.c.name == name, locks.c.expires_at <= StoreNow()))
                row = {
                    "name": name,
                    "owner": owner,
                    "host": plain(socket.gethostname()),
                    "pid": os.getpid(),
                    "token": token,
                    "acquired_at": StoreNow(),
                    "heartbeat_at": StoreNow(),
                    "expires_at": StoreNow() + lease_milliseconds,
                }
                if not insert_unless_there(connection, locks, row):
                    # Somebody was quicker; unless they are done again, this says who.
                    _require_free(connection, names[place:])
                    connection.execute(delete(locks).where(locks.c.token == token))
                    return None
        return SqlLease(self._database, names, token, lease_milliseconds)


def _require_free(connection: Connection, names: Sequence[str]) -> None:
    held = [record for record in lock_records(connection, names) if not record.is_expired]
    if held:
        raise LockHeldError("\n".join(_sentence(record) for record in held), remedy=_REMEDY)


def _sentence(held: LockRecord) -> str:
    return (
        f"{held.name} is locked by {held.owner} (process {held.pid} on {held.host}) since {in_words(held.acquired_at)};"
        f" the lease ends at {in_words(held.expires_at)} unless it is renewed"
    )
