"""Reading a journal in SQLite without making or changing anything, not even beside it.

In write-ahead logging, what was committed last stands in a second file, `-wal`, until the last writer closes and moves
it into the first. Where there is such a log, SQLite reads both (`mode=ro`), by the index (`-shm`) that writers keep
beside it. Where there is none, SQLite would make both files to read the first one, and refuse where it may not
(https://www.sqlite.org/wal.html#read_only_databases); its way out, `immutable=1`, may read a mixture when somebody
begins to write meanwhile. So that file is read whole, and taken only if nobody wrote in between.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, event

from reconciler.errors import StoreError
from reconciler.store import sqlite
from reconciler.store.database import Database, Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

_RETRY_SECONDS = 0.05

# Bytes 18 and 19 of the file say how it is written (https://www.sqlite.org/fileformat.html#file_format_version_numbers):
# 2 with a log, 1 without. In memory there can be none.
_VERSIONS = slice(18, 20)
_WITHOUT_LOG = b"\1\1"


def sqlite_snapshot(path: Path) -> Database | None:
    """Return the database in a file, to be read only; `None` where there is no file, or an empty one."""
    path = path.absolute()
    try:
        path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from None
    sqlite.require_sqlite(path)
    if not path.stat().st_size and not _log_size(path):
        return None

    def connect() -> sqlite3.Connection:
        # Anew for each transaction: between two, a writer may have begun, or ended.
        connection = _connect(path)
        connection.execute("PRAGMA query_only=ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return Database(engine, sqlite.sqlite_name(path), is_shared=False, explain=_explain)


def _connect(path: Path) -> sqlite3.Connection:
    deadline = time.monotonic() + sqlite.BUSY_SECONDS
    while not _log_size(path):
        content = _settled_content(path)
        if content is not None:
            return _in_memory(content)
        if time.monotonic() >= deadline:
            break  # somebody begins and ends writing all the time; SQLite's own way waits for gaps
        time.sleep(_RETRY_SECONDS)
    return sqlite3.connect(
        f"{path.as_uri()}?mode=ro", uri=True, timeout=sqlite.BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _settled_content(path: Path) -> bytes | None:
    """Return the file's bytes; `None` where somebody wrote while they were read."""
    try:
        before = path.stat()
        content = path.read_bytes()
        after = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    same = (before.st_ino, before.st_size, before.st_mtime_ns) == (after.st_ino, after.st_size, after.st_mtime_ns)
    return content if same and len(content) == after.st_size and not _log_size(path) else None


def _in_memory(content: bytes) -> sqlite3.Connection:
    copy = bytearray(content)
    copy[_VERSIONS] = _WITHOUT_LOG
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.deserialize(bytes(copy))
    return connection


def _log_size(path: Path) -> int:
    """Return how many bytes the log beside the file has; 0 where there is none."""
    log = path.with_name(f"{path.name}-wal")
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise _unreadable(log, error) from None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _explain(error: BaseException) -> Trouble:
    code = sqlite.error_code(error)
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        # A log is there, and its index neither is nor can be made.
        return Trouble(
            "cannot be opened: its log (-wal) has writes that can be read only where its index (-shm) can be made",
            "let file and folder be read and written by who runs this, or copy the file and its log to such a folder",
        )
    return sqlite.explain(error)


def _unreadable(path: Path, error: OSError) -> StoreError:
    reason = (error.strerror or "unknown error").lower()
    return StoreError(
        f"{sqlite.sqlite_name(path)} cannot be read: {reason}",
        remedy="let file and folder be read by who runs this, or name another place in RECONCILE_STORE_URL",
    )
