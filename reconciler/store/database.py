"""A database, whichever it is: transactions, and its errors as sentences for the person at the terminal."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from reconciler.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection, Engine, Table

WRITING = "reconcile_writing"
"""The execution option that tells SQLite's adapter to take the write lock at once."""

RESTORE = (
    "restore it from a backup, or move it away: a new one knows nothing of what was applied, and which deploys are owed"
)
"""What to do about a damaged journal."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a database, as a clause, and what to do about it; neither holds a password."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, what to call it in messages, and how to understand its driver's errors."""

    engine: Engine
    name: str
    is_shared: bool
    """Whether other machines may reach it too."""
    explain: Callable[[BaseException], Trouble]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only looks; raises `StoreError`."""
        with self._transaction(writing=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is on disk when the block ends, or undone when it raises; raises `StoreError`."""
        with self._transaction(writing=True) as connection:
            yield connection

    def error(self, what: str, remedy: str) -> StoreError:
        """Return the error that says what is wrong with this database."""
        return StoreError(f"{self.name} {what}", remedy=remedy)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[Connection]:
        try:
            with self.engine.connect() as plain:
                connection = plain.execution_options(**{WRITING: writing})
                with connection.begin():
                    yield connection
        except SQLAlchemyError as error:
            # An error of SQLAlchemy's quotes the statement with its parameters; only the driver's own one is asked.
            cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
            trouble = self.explain(cause)
            raise self.error(trouble.what, trouble.remedy) from None


def wait_for_others(connection: Connection, key: int) -> None:
    """Let one transaction at a time go on that waits by this key, until it ends; SQLite does so for all that write."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def insert_unless_there(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key is taken, also by a transaction that ends at this moment; say whether it was."""
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(values))
    except IntegrityError:
        return False
    return True


def plain(text: str) -> str:
    """Return text that every database can keep: without NUL, and without halves of surrogate pairs."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
