from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from reconciler.errors import StoreError
from reconciler.store import open_store, sqlite
from tests.store.conftest import go, line_of, unprivileged
from tests.store.plans import plan_of, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.store.conftest import Spawn


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that nobody may reach too: pytest's own are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="reconcile-store-"))
    made.chmod(0o777)
    yield made
    made.chmod(0o700)
    shutil.rmtree(made)


@pytest.fixture
def journal(folder: Path) -> Path:
    """Return a journal with one run in it."""
    path = folder / "journal.db"
    with open_store(url_of(path)) as store:
        store.journal.begin(plan_of(variable("LOG_LEVEL")), "bob", ())
    return path


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_file_and_folders_are_made_for_their_owner_alone_whatever_the_umask(folder: Path, umask: int) -> None:
    path = folder / "deep" / ".reconcile" / "journal.db"
    before = os.umask(umask)
    try:
        with open_store(url_of(path)) as store:
            store.journal.begin(plan_of(), "bob", ())
            modes = {file.name: mode_of(file) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}
    assert (mode_of(path.parent), mode_of(path.parent.parent)) == (0o700, 0o700)


def test_what_is_there_already_keeps_its_mode(folder: Path, journal: Path) -> None:
    folder.chmod(0o750)
    journal.chmod(0o640)
    open_store(url_of(journal)).close()
    assert (mode_of(folder), mode_of(journal)) == (0o750, 0o640)


def test_the_default_is_a_file_in_the_folder_where_the_command_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with open_store() as store:
        assert store.name == f"the journal {folder}/.reconcile/journal.db"
        assert not store.is_shared
    assert (folder / ".reconcile" / "journal.db").is_file()


def test_a_path_with_letters_that_mean_something_in_urls_is_that_path(folder: Path) -> None:
    path = folder / "a b%?#@ü" / "journal.db"
    with open_store(f"sqlite:///{quote(str(path))}"):
        assert path.is_file()


def test_every_commit_is_flushed_and_others_are_waited_for(journal: Path) -> None:
    with closing(sqlite.sqlite_database(journal)) as database, database.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be one\n" * 50, b"\0" * 5000, b"x"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(journal: Path, content: bytes) -> None:
    journal.write_bytes(content)
    assert "damaged" in refusal(journal)
    assert journal.read_bytes() == content


def test_a_journal_with_a_damaged_page_is_refused(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'reconcile_runs'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with journal.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))
    assert "is damaged" in refusal(journal)


def test_a_journal_that_was_cut_is_refused(journal: Path) -> None:
    os.truncate(journal, journal.stat().st_size // 2)
    assert "is damaged" in refusal(journal)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reconcile_schema",
        "UPDATE reconcile_schema SET version = -1",
        "UPDATE reconcile_schema SET version = 'one'",
        "INSERT INTO reconcile_schema VALUES (1)",
    ],
)
def test_a_journal_that_does_not_say_its_version_is_refused(journal: Path, statement: str) -> None:
    execute(journal, statement)
    assert "does not say which version" in refusal(journal)


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(journal: Path) -> None:
    execute(journal, "UPDATE reconcile_schema SET version = 7")
    assert "written by a newer reconcile: it has version 7, this one knows 2" in refusal(journal)
    assert "has version 7" in refusal(journal)


def test_a_journal_of_an_older_version_is_brought_forward(folder: Path) -> None:
    path = folder / "old.db"
    execute(path, "CREATE TABLE reconcile_schema (version INTEGER NOT NULL)")
    execute(path, "INSERT INTO reconcile_schema VALUES (0)")
    with open_store(url_of(path)) as store:
        store.journal.begin(plan_of(), "bob", ())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version FROM reconcile_schema").fetchall() == [(2,)]


def test_another_programs_database_is_refused_and_left_alone(folder: Path) -> None:
    path = folder / "other.db"
    execute(path, "CREATE TABLE customers (name TEXT)")
    assert "some other program" in refusal(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]


def test_a_read_only_file_is_refused(journal: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(journal, 65534)
    journal.chmod(0o400)
    with unprivileged():
        assert "read-only" in refusal(journal)


def test_a_file_that_others_own_is_refused(journal: Path) -> None:
    journal.chmod(0o000)
    with unprivileged():
        assert "cannot be opened" in refusal(journal)


def test_a_read_only_folder_is_refused_with_a_journal_in_it_and_without(folder: Path, journal: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(journal, 65534)
    folder.chmod(0o555)
    with unprivileged():
        assert "cannot be" in refusal(journal)
        assert "cannot be made: permission denied" in refusal(folder / "another.db")
        assert "cannot be made: permission denied" in refusal(folder / "deeper" / "another.db")


def test_a_folder_a_file_in_the_way_and_a_link_to_nothing_are_refused(folder: Path, journal: Path) -> None:
    assert "is not a file" in refusal(folder)
    assert "cannot be made: not a directory" in refusal(journal / "journal.db")
    (folder / "link.db").symlink_to(folder / "nothing.db")
    assert "is not a file" in refusal(folder / "link.db")
    assert not (folder / "nothing.db").exists()


def test_a_journal_that_another_process_keeps_is_said_to_be_busy(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert "is busy" in refusal(journal)
    open_store(url_of(journal)).close()


def test_a_journal_that_goes_bad_while_it_is_open_says_so(journal: Path) -> None:
    with open_store(url_of(journal)) as store:
        execute(journal, "DROP TABLE reconcile_planned_writes")
        with pytest.raises(StoreError, match=f"the journal {journal} cannot be used"):
            store.journal.begin(plan_of(variable("LOG_LEVEL")), "bob", ())
        assert len(store.journal.runs()) == 1, "what a failed transaction began is undone"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "journal.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///journal.db?mode=memory",
        "sqlite:///journal%00.db",
        "sqlite://host/journal.db",
        "mysql://u:hunter2hunter2@localhost/db",
        "postgresql://u:hunter2hunter2@localhost:port/db",
        "postgresql://u:p@hunter2hunter2@localhost/db",
        "postgresql://u:hunter2hunter2@localhost/db%00",
        "postgresql://u:hunter2hunter2@\udc80/db",
        "postgresql://u:hunter2hunter2@localhost/db?autocommit=true",
        "postgresql://u:hunter2hunter2@localhost/db?hunter2=true",
        "hunter2hunter2",
    ],
)
def test_a_url_that_names_no_store_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    said = f"{caught.value.message} {caught.value.remedy}"
    assert "RECONCILE_STORE_URL" in said
    assert "hunter2" not in said
    assert "\n" not in said


def test_processes_that_open_a_new_store_at_once_all_succeed(spawn: Spawn) -> None:
    processes = [spawn("open_at_once") for _ in range(6)]
    assert [line_of(process) for process in processes] == ["ready"] * 6
    for process in processes:
        go(process)
    assert [line_of(process) for process in processes] == ["0"] * 6


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def refusal(path: Path) -> str:
    """Return what opening says, which must be one sentence about that file, with a remedy, and exit code 1."""
    with pytest.raises(StoreError) as caught:
        open_store(url_of(path))
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.remedy
    assert caught.value.exit_code == 1
    return caught.value.message
