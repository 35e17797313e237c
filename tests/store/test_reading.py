from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.outcome import StepStatus
from reconciler.errors import StoreError
from reconciler.store import Store, open_store, read_journal
from tests.store.conftest import kill, line_of, unprivileged
from tests.store.plans import KEY_ID, intent, plan_of, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.store.conftest import SpawnAt
    from tests.store.postgres_server import PostgresServer

FIRST, SECOND = variable("FIRST"), variable("SECOND")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that nobody may reach too: pytest's own are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="reconcile-store-"))
    made.chmod(0o777)
    yield made
    made.chmod(0o700)
    shutil.rmtree(made)


@pytest.fixture
def path(folder: Path) -> Path:
    """Return a journal with one run in it, which nobody has open."""
    path = folder / "journal.db"
    with open_store(url_of(path)) as store:
        apply(store)
    return path


def test_where_there_is_no_journal_reading_finds_none_and_makes_none(url: str, tmp_path: Path) -> None:
    with read_journal(url) as journal:
        assert journal is None
    assert list(tmp_path.iterdir()) == []
    with open_store(url) as store:
        assert store.journal.runs() == (), "it was not there yet"


def test_reading_tells_what_was_written_also_while_it_is_written(url: str) -> None:
    with open_store(url) as store:
        run_id = apply(store)
        with read_journal(url) as journal:
            assert journal is not None
            assert journal.run(run_id) == store.journal.run(run_id)
            assert [one.since for one in journal.owed_deploys()] == [one.since for one in store.journal.owed_deploys()]
            assert journal.all_applied(KEY_ID) == store.journal.all_applied(KEY_ID)
            again = apply(store)
            assert [run.id for run in journal.runs()] == [again, run_id]
    with read_journal(url) as journal:
        assert journal is not None
        assert [run.id for run in journal.runs()] == [again, run_id]
        found = journal.run(run_id)
        assert found is not None
        consumed = journal.consumed(found.run.plan_id)
        assert consumed is not None
        assert consumed.run_id == run_id


def test_a_journal_that_is_read_has_nothing_that_writes(url: str) -> None:
    with open_store(url) as store:
        apply(store)
    with read_journal(url) as journal:
        assert journal is not None
        names = {name for name in dir(journal) if not name.startswith("_")}
    known = {
        "consumed",
        "consumed_content",
        "owed_deploys",
        "unproven_deploys",
        "all_applied",
        "deployed",
        "locks",
        "runs",
        "run",
        "matches",
    }
    assert names == known


def test_a_reader_that_stays_follows_a_writer_that_comes_and_goes(path: Path) -> None:
    with read_journal(url_of(path)) as journal:
        assert journal is not None
        counts = [len(journal.runs())]
        with open_store(url_of(path)) as store:
            apply(store)
            counts.append(len(journal.runs()))
        counts.append(len(journal.runs()))
        with open_store(url_of(path)) as store:
            apply(store)
        counts.append(len(journal.runs()))
    assert counts == [1, 2, 2, 3]


def test_reading_makes_no_file_and_changes_none(folder: Path, path: Path) -> None:
    before = everything_in(folder)
    assert list(before) == ["journal.db"]
    assert runs_in(path) == 1
    assert everything_in(folder) == before


def test_a_read_only_file_in_a_read_only_folder_can_be_read(folder: Path, path: Path) -> None:
    path.chmod(0o444)
    folder.chmod(0o555)
    with unprivileged():
        assert runs_in(path) == 1


def test_what_a_killed_writer_left_in_the_log_is_read_even_where_nothing_may_be_written(
    folder: Path, path: Path, spawn_at: SpawnAt
) -> None:
    be_killed(path, spawn_at)
    assert (folder / "journal.db-wal").stat().st_size
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    before = everything_in(folder)
    with unprivileged():
        assert runs_in(path) == 2
    assert everything_in(folder) == before


def test_the_log_of_a_file_that_a_link_leads_to_is_read_as_well(folder: Path, path: Path, spawn_at: SpawnAt) -> None:
    be_killed(path, spawn_at)
    link = folder / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    assert runs_in(link) == 2


def test_a_link_to_where_nobody_may_look_is_refused(folder: Path, path: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o000)
    link = folder / "link.db"
    link.symlink_to(closed / "journal.db")
    with unprivileged():
        assert "cannot be read: permission denied" in refusal(link)
        with pytest.raises(StoreError, match="cannot be read: permission denied"):
            open_store(url_of(link))
    assert runs_in(path) == 1


def test_a_log_that_cannot_be_read_is_said_and_not_passed_over(folder: Path, path: Path, spawn_at: SpawnAt) -> None:
    be_killed(path, spawn_at)
    (folder / "journal.db-shm").unlink()
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    with unprivileged():
        assert "its log (-wal) has writes" in refusal(path)
    folder.chmod(0o777)
    assert runs_in(path) == 2


def test_a_file_that_may_not_be_read_is_refused(path: Path) -> None:
    path.chmod(0o000)
    with unprivileged():
        assert "cannot be read: permission denied" in refusal(path)


def test_a_folder_that_may_not_be_entered_is_no_sign_that_there_is_no_journal(folder: Path, path: Path) -> None:
    folder.chmod(0o000)
    with unprivileged():
        assert "cannot be read: permission denied" in refusal(path)


def test_a_folder_a_file_in_the_way_and_a_link_to_nothing_are_refused(folder: Path, path: Path) -> None:
    assert "is not a file" in refusal(folder)
    assert "cannot be read: not a directory" in refusal(path / "journal.db")
    (folder / "link.db").symlink_to(folder / "nothing.db")
    assert "is not a file" in refusal(folder / "link.db")


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be one\n" * 50, b"\0" * 5000, b"x"])
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "damaged" in refusal(path)
    assert path.read_bytes() == content


def test_a_journal_that_was_cut_is_refused(path: Path) -> None:
    for size in (path.stat().st_size // 2, 4096, 100, 20):
        os.truncate(path, size)
        assert "is damaged" in refusal(path), size


def test_an_empty_file_is_no_journal_yet(path: Path) -> None:
    path.write_bytes(b"")
    with read_journal(url_of(path)) as journal:
        assert journal is None


def test_a_journal_whose_tables_were_not_made_yet_is_none(folder: Path) -> None:
    path = folder / "begun.db"
    execute(path, "CREATE TABLE reconcile_schema (version INTEGER NOT NULL)")
    execute(path, "INSERT INTO reconcile_schema VALUES (0)")
    with read_journal(url_of(path)) as journal:
        assert journal is None


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE reconcile_schema SET version = 7", "written by a newer reconcile: it has version 7, this one knows 2"),
        ("DELETE FROM reconcile_schema", "does not say which version"),
        ("DROP TABLE reconcile_schema", "some other program"),
    ],
)
def test_a_journal_of_which_the_version_is_not_known_is_refused(path: Path, statement: str, said: str) -> None:
    execute(path, statement)
    assert said in refusal(path)


def test_a_relative_path_starts_at_the_folder_that_is_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with open_store(folder=folder) as store:
        assert store.name == f"the journal {folder}/.reconcile/journal.db"
    with read_journal(folder=folder) as found, read_journal() as other:
        assert (found is None, other) == (False, None)
    assert list(elsewhere.iterdir()) == []
    with open_store(f"sqlite:///{folder}/absolute.db", folder=elsewhere) as store:
        assert store.name == f"the journal {folder}/absolute.db"


def test_a_server_without_our_tables_has_no_journal_and_gets_none(server: PostgresServer) -> None:
    database = server.new_database()
    server.execute("CREATE TABLE customers (name text)", database)
    with read_journal(server.url(database)) as journal:
        assert journal is None


def test_a_role_that_may_only_read_reads(server: PostgresServer) -> None:
    database = server.new_database()
    url = server.url(database)
    with open_store(url) as store:
        apply(store)
    server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    with read_journal(url) as journal:
        assert journal is not None
        assert len(journal.runs()) == 1


def test_a_server_of_a_newer_version_and_one_that_is_away_are_refused(server: PostgresServer) -> None:
    database = server.new_database()
    open_store(server.url(database)).close()
    server.execute("UPDATE reconcile_schema SET version = 7", database)
    for url, said in ((server.url(database), "it has version 7"), (server.url("nothing"), "does not exist")):
        with pytest.raises(StoreError, match=said), read_journal(url):
            pass


def apply(store: Store) -> int:
    run_id = store.journal.begin(plan_of(FIRST), "bob", ())
    store.journal.settle(store.journal.intend(run_id, intent(FIRST)), StepStatus.DONE)
    return run_id


def be_killed(path: Path, spawn_at: SpawnAt) -> None:
    killed = spawn_at(url_of(path), "be_killed", "plan-killed")
    assert line_of(killed)
    kill(killed)


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def everything_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in sorted(folder.iterdir())}


def runs_in(path: Path) -> int:
    with read_journal(url_of(path)) as journal:
        assert journal is not None
        return len(journal.runs())


def refusal(path: Path) -> str:
    """Return what opening says, which must be one sentence about that file, with a remedy, and exit code 1."""
    with pytest.raises(StoreError) as caught, read_journal(url_of(path)):
        pass
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.remedy
    assert caught.value.exit_code == 1
    return caught.value.message
