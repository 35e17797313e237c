"""SQLite, the store of one machine: a file that only its owner may read, every commit flushed to the disk."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from typing import TYPE_CHECKING

from sqlalchemy import QueuePool, create_engine, event

from reconciler.errors import StoreError
from reconciler.store.database import RESTORE, WRITING, Database, Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

BUSY_SECONDS = 10
_RETRY_SECONDS = 0.05
_MAGIC = b"SQLite format 3\0"
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL


def sqlite_database(path: Path) -> Database:
    """Return the database in a file, which is made with its folder where it does not exist."""
    path = path.absolute()
    _make(path)
    opened = path.stat()
    # The file is made above, with its mode; without `rw` SQLite would make one with another.
    address = f"{path.as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        # Transactions begin where `_begin` says so, not where the driver guesses.
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _use_log(connection)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
    event.listen(engine, "begin", _begin)

    def require_same_file(_connection: Connection) -> None:
        # An open file outlives its name: its locks would keep nobody out, and nobody would read what it is told.
        try:
            is_same = os.path.samestat(opened, path.stat())
        except OSError:
            is_same = False
        if not is_same:
            raise StoreError(f"{sqlite_name(path)} was deleted or replaced while it was in use", remedy=RESTORE)

    event.listen(engine, "begin", require_same_file, insert=True)
    return Database(engine, sqlite_name(path), is_shared=False, explain=explain)


def sqlite_name(path: Path) -> str:
    """Return what messages call the journal in a file."""
    return f"the journal {path}"


def require_sqlite(path: Path) -> None:
    """Raise `StoreError` where a path leads to something else than a file that SQLite could take for its own."""
    try:
        is_file = path.is_file()
    except OSError as error:
        raise unreadable(path, error) from None
    if not is_file:
        raise StoreError(f"{sqlite_name(path)} is not a file", remedy="name another file in RECONCILE_STORE_URL")
    with contextlib.suppress(OSError), path.open("rb") as file:
        # SQLite takes a file of a few bytes for an empty database, and would overwrite it.
        if file.read(len(_MAGIC)) not in {b"", _MAGIC}:
            raise StoreError(f"{sqlite_name(path)} is damaged, or no journal at all", remedy=RESTORE)


def unreadable(path: Path, error: OSError) -> StoreError:
    """Return the error that says why a file cannot be read."""
    reason = (error.strerror or "unknown error").lower()
    return StoreError(
        f"{sqlite_name(path)} cannot be read: {reason}",
        remedy="let file and folder be read by who runs this, or name another place in RECONCILE_STORE_URL",
    )


def _make(path: Path) -> None:
    """Create file and folders for their owner alone, whatever the umask; what is there keeps its mode."""
    try:
        missing = [folder for folder in path.parents if not folder.exists()]
        for folder in reversed(missing):
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                folder.chmod(0o700)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, _FLAGS, 0o600)
            try:
                if hasattr(os, "fchmod"):
                    os.fchmod(descriptor, 0o600)
            finally:
                os.close(descriptor)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise StoreError(
            f"{sqlite_name(path)} cannot be made: {reason}",
            remedy="let its folder be written, or name another place in RECONCILE_STORE_URL",
        ) from None
    require_sqlite(path)


def _use_log(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on, which SQLite does not wait for when another process does the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    # A transaction that reads first and then wants to write could find that it comes too late; this one waits first.
    immediate = connection.get_execution_options().get(WRITING, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def error_code(error: BaseException) -> int:
    """Return SQLite's primary code for an error; 0 for what is none of SQLite's."""
    if isinstance(error, sqlite3.Error) and hasattr(error, "sqlite_errorcode"):
        return error.sqlite_errorcode & 0xFF
    return 0


def explain(error: BaseException) -> Trouble:
    """Say what is wrong, by SQLite's code for it."""
    match error_code(error):
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return Trouble("is damaged, or no journal at all", RESTORE)
        case sqlite3.SQLITE_READONLY:
            return Trouble("cannot be written: the file is read-only", "let the file and its folder be written")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return Trouble(
                "cannot be opened for writing", "let the file and its folder be read and written by who runs this"
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Trouble(
                f"is busy: another process has kept it for more than {BUSY_SECONDS} s", "try again when that has ended"
            )
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return Trouble("cannot be written: the disk is full or failing", "make room on the disk")
        case _:
            return Trouble(f"cannot be used ({type(error).__name__})", RESTORE)
