from __future__ import annotations

import secrets
import sys
import traceback
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest

from reconciler.errors import StoreError
from reconciler.store import open_store
from tests.store.plans import plan_of, variable

if TYPE_CHECKING:
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
    assert "it has version 7, this one knows 1" in refusal(server.url(database), server.password)


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
