"""Opening a store by its URL: everything that could be wrong with it is said here, before anything else is done."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from reconciler.errors import StoreError
from reconciler.store.database import plain
from reconciler.store.journal import SqlJournal
from reconciler.store.journal_reader import SqlJournalReader
from reconciler.store.locks import SqlLocks
from reconciler.store.postgres import postgres_database
from reconciler.store.schema import has_tables, prepare
from reconciler.store.sqlite import sqlite_database
from reconciler.store.sqlite_snapshot import sqlite_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from sqlalchemy import URL

    from reconciler.ports import Journal, JournalReader, Locks
    from reconciler.store.database import Database

DEFAULT_URL = "sqlite:///.reconcile/journal.db"

_FORMS = "it is sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"


class Store:
    """An open store: the journal and the locks of everybody who uses the same URL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.journal: Journal = SqlJournal(database)
        self.locks: Locks = SqlLocks(database)

    @property
    def name(self) -> str:
        """What to call it in messages: where it is, without who logs in."""
        return self._database.name

    @property
    def is_shared(self) -> bool:
        """Whether other machines can use it too, so that a lock means something to them."""
        return self._database.is_shared

    def close(self) -> None:
        """Close every connection; held locks stay held until they are released or their lease ends."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str = DEFAULT_URL, *, folder: Path | None = None) -> Store:
    """Open a store, which is made where there is none; raises `StoreError` unless it can be read and written.

    A relative path of a SQLite file starts at `folder`, or where the command runs.
    """
    match _place(url, folder):
        case Path() as path:
            database = sqlite_database(path)
        case server:
            database = postgres_database(server)
    try:
        prepare(database)
    except BaseException:
        database.close()
        raise
    return Store(database)


@contextmanager
def read_journal(url: str = DEFAULT_URL, *, folder: Path | None = None) -> Iterator[JournalReader | None]:
    """Open a journal for reading only, which makes and changes nothing; `None` where nobody has made one yet.

    Raises `StoreError` where it cannot be read, is damaged or is of a newer version.
    """
    match _place(url, folder):
        case Path() as path:
            database = sqlite_snapshot(path)
        case server:
            database = postgres_database(server, read_only=True)
    if database is None:
        yield None
        return
    try:
        yield SqlJournalReader(database) if has_tables(database) else None
    finally:
        database.close()


def _place(text: str, folder: Path | None) -> Path | URL:
    """Return the file or the server that a store's URL names."""
    if plain(unquote(text)) != unquote(text):
        raise StoreError("RECONCILE_STORE_URL has characters that no name has", remedy=_FORMS)
    scheme, _, rest = text.partition("://")
    match scheme:
        case "sqlite":
            return (folder or Path()) / _path(rest)
        # The second one is what some hosts write in their connection strings.
        case "postgresql" | "postgres":
            return _server(f"postgresql://{rest}")
        case _:
            raise StoreError("RECONCILE_STORE_URL is not the URL of a database that can be used", remedy=_FORMS)


def _path(rest: str) -> Path:
    path = unquote(rest.removeprefix("/"))
    if not rest.startswith("/") or path in {"", ":memory:"} or "?" in rest:
        raise StoreError("RECONCILE_STORE_URL names no file for SQLite", remedy=_FORMS)
    return Path(path)


def _server(text: str) -> URL:
    if text.count("@") > 1:
        # Half a password would be taken for the host, and messages name the host.
        raise StoreError("RECONCILE_STORE_URL has more than one @", remedy="write the ones in user and password as %40")
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # Not the error's own text, which may repeat the URL with its password.
        raise StoreError("RECONCILE_STORE_URL is not the URL of a PostgreSQL server", remedy=_FORMS) from None
