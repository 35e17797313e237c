from __future__ import annotations

import secrets
import sys
import time
import traceback
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import make_url, text

from reconciler.domain.journal import RunResult
from reconciler.errors import StoreError
from reconciler.store import open_store, postgres
from tests.store.plans import intent, plan_of, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.store.postgres_server import PostgresServer


@pytest.fixture
def database(server: PostgresServer) -> str:
    return server.new_database()


@pytest.fixture
def role(server: PostgresServer) -> str:
    """Return a role that may log in and nothing else, under the server's password."""
    name = f"role_{secrets.token_hex(6)}"
    word = server.password.replace("'", "''")
    server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{word}'")
    return name


def test_a_server_is_a_store_that_others_share_and_named_without_its_password(
    server: PostgresServer, database: str
) -> None:
    with open_store(server.url(database)) as store:
        assert store.is_shared
        assert store.name == f"the journal {database} at {server.folder}"
        assert server.password not in repr(vars(store))


def test_the_older_name_of_the_scheme_means_the_same(server: PostgresServer, database: str) -> None:
    with open_store(server.url(database).replace("postgresql://", "postgres://")) as store:
        assert store.journal.runs() == ()


def test_a_password_may_stand_among_the_parameters_and_is_not_shown_either(
    server: PostgresServer, database: str
) -> None:
    def url(password: str) -> str:
        return f"postgresql:///{database}?host={server.folder}&user=reconcile&password={quote(password, safe='')}"

    open_store(url(server.password)).close()
    assert "password authentication failed" in refusal(url("wrong-password-of-mine"), "wrong-password-of-mine")


def test_without_its_driver_the_extra_is_named(
    server: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError) as caught:
        open_store(server.url(database))
    assert caught.value.remedy == "pip install 'render-reconciler[postgres]'"


def test_a_wrong_password_is_refused(server: PostgresServer, database: str) -> None:
    wrong = "wrong-pässword/?#%:@"
    assert "password authentication failed" in refusal(server.url(database, password=wrong), wrong)


def test_a_server_that_cannot_be_reached_is_named(server: PostgresServer) -> None:
    said = refusal(f"postgresql://reconcile:{quote(server.password, safe='')}@127.0.0.1:1/journal", server.password)
    assert "journal at 127.0.0.1:1" in said
    assert "refused" in said
    assert (
        "no such file"
        in refusal(
            f"postgresql://r:{quote(server.password, safe='')}@/journal?host=/nowhere/at/all", server.password
        ).lower()
    )


def test_a_database_that_does_not_exist_is_named(server: PostgresServer) -> None:
    assert '"nothing" does not exist' in refusal(server.url("nothing"), server.password)


def test_a_server_that_may_only_be_read_is_refused(server: PostgresServer, database: str) -> None:
    server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    assert "read-only" in refusal(server.url(database), server.password)


def test_a_store_that_became_read_only_is_refused_as_well(server: PostgresServer, database: str) -> None:
    open_store(server.url(database)).close()
    server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    assert "read-only" in refusal(server.url(database), server.password)


def test_a_role_that_may_not_make_tables_is_refused(server: PostgresServer, database: str, role: str) -> None:
    server.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database)
    assert "permission denied" in refusal(server.url(database, user=role), server.password)


def test_a_role_that_may_not_write_the_tables_is_refused(server: PostgresServer, database: str, role: str) -> None:
    open_store(server.url(database)).close()
    server.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}", database)
    assert "permission denied" in refusal(server.url(database, user=role), server.password)


def test_a_newer_version_is_refused(server: PostgresServer, database: str) -> None:
    open_store(server.url(database)).close()
    server.execute("UPDATE reconcile_schema SET version = 7", database)
    assert "it has version 7, this one knows 2" in refusal(server.url(database), server.password)


def test_other_programs_tables_are_left_alone(server: PostgresServer, database: str) -> None:
    server.execute("CREATE TABLE locks (name text)", database)
    server.execute("CREATE TABLE runs (name text)", database)
    with open_store(server.url(database)) as store:
        store.journal.begin(plan_of(variable("LOG_LEVEL")), "bob", ())
        store.locks.acquire(["production"], "bob", lease_seconds=60)
    with psycopg.connect(server.url(database)) as connection:
        assert connection.execute("SELECT (SELECT count(*) FROM locks) + (SELECT count(*) FROM runs)").fetchone() == (
            0,
        )


def test_a_connection_that_was_cut_between_two_words_is_made_anew(server: PostgresServer, database: str) -> None:
    with open_store(server.url(database)) as store:
        store.journal.begin(plan_of(), "bob", ())
        server.disconnect_all(database)
        store.journal.begin(plan_of(), "bob", ())
        assert len(store.journal.runs()) == 2


def test_a_database_that_is_gone_while_the_store_is_open_is_an_error_in_one_sentence(
    server: PostgresServer, database: str
) -> None:
    with open_store(server.url(database)) as store:
        server.execute(f"DROP DATABASE {database} WITH (FORCE)")
        with pytest.raises(StoreError) as caught:
            store.journal.begin(plan_of(), "bob", ())
    assert "cannot be used" in caught.value.message
    assert server.password not in caught.value.message


def test_a_server_that_hangs_is_an_error_in_bounded_time_and_no_error_any_more_when_it_goes_on(
    server: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 0.5)
    with open_store(f"{server.url(database)}&connect_timeout=2") as store:
        run_id = store.journal.begin(plan_of(), "bob", ())
        with server.hanging():
            began = time.monotonic()
            with pytest.raises(StoreError, match="cannot be used"):
                store.journal.finish(run_id, RunResult.SUCCEEDED)
            assert time.monotonic() - began < 10
        store.journal.finish(run_id, RunResult.SUCCEEDED)


def test_a_statement_that_is_not_answered_in_time_is_an_error_and_leaves_nothing(
    server: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 60)
    address = variable("LOG_LEVEL")
    with open_store(server.url(database)) as store:
        run_id = store.journal.begin(plan_of(address), "bob", ())
        with locked_steps(server, database), pytest.raises(StoreError, match=r"no answer within 0\.5 s"):
            store.journal.intend(run_id, intent(address))
        found = store.journal.run(run_id)
        assert found is not None
        assert found.steps == ()
        store.journal.intend(run_id, intent(address))


def test_a_transaction_of_somebody_else_is_waited_for_only_so_long(
    server: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.2)
    address = variable("LOG_LEVEL")
    with open_store(server.url(database)) as store:
        run_id = store.journal.begin(plan_of(address), "bob", ())
        with locked_steps(server, database), pytest.raises(StoreError, match="lock timeout") as caught:
            store.journal.intend(run_id, intent(address))
    assert "try again" in str(caught.value.remedy)


def test_the_server_ends_the_transaction_of_somebody_who_vanished(
    server: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "GONE_SECONDS", 0.2)
    url = make_url(server.url(database))
    with closing(postgres.postgres_database(url)) as gone, psycopg.connect(server.url(database)) as other:

        def waits_for_its_end() -> None:
            with gone.writing() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
                other.execute("SET lock_timeout = '20s'")
                # It is this one that waits, and gets the lock only once the first one's transaction is no more.
                other.execute("SELECT pg_advisory_xact_lock(1)")
                connection.execute(text("SELECT 1"))

        with pytest.raises(StoreError, match="cannot be used"):
            waits_for_its_end()


@contextmanager
def locked_steps(server: PostgresServer, database: str) -> Iterator[None]:
    """Keep the table of steps from everybody else, as somebody does who changes it."""
    with psycopg.connect(server.url(database)) as connection:
        connection.execute("LOCK TABLE reconcile_steps IN EXCLUSIVE MODE")
        yield
        connection.rollback()


def refusal(url: str, password: str) -> str:
    """Return what opening says, which must be one sentence with a remedy, and nowhere show the password."""
    with pytest.raises(StoreError) as caught:
        open_store(url)
    error = caught.value
    everything = "".join(traceback.format_exception(error)) + repr(error) + str(error.remedy)
    assert password not in everything
    assert quote(password, safe="") not in everything
    assert "\n" not in error.message
    assert error.remedy
    assert error.exit_code == 1
    return error.message
