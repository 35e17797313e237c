"""PostgreSQL, the store of a team: the same journal and the same locks for every machine that applies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text

from reconciler.errors import StoreError
from reconciler.store.database import Database, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import URL, Connection

CONNECT_SECONDS = 10
ANSWER_SECONDS = 10
"""How long one statement may take, on this side's clock; a call of the store has a few, of which one can be late."""

LOCK_SECONDS = 8
"""How long to wait for somebody else's transaction."""

GONE_SECONDS = 30
"""After how long the server ends the transaction of somebody who says nothing any more."""

_LONGEST = 300

_DEFAULTS = {
    "application_name": "reconcile",
    "connect_timeout": CONNECT_SECONDS,
    # Prepared statements do not outlive a transaction behind a pooler.
    "prepare_threshold": None,
}
"""What the URL's parameters may say differently."""

_LIMITS = text(
    "SELECT set_config('lock_timeout', :lock, true), set_config('idle_in_transaction_session_timeout', :gone, true)"
)

_REMEDIES = {
    "25006": "name a server that may be written, not a replica, in RECONCILE_STORE_URL",
    "42501": "let the role create tables there, and read and write them",
    "28": "mend the user or the password in RECONCILE_STORE_URL",
    "55P03": "try again when the other process that writes the journal at this moment has ended",
    "53": "make room on the server, or let it take more connections",
    "57": "wait for the server to come back",
}
"""What to do, by SQLSTATE or its class."""

_UNREACHABLE = "check RECONCILE_STORE_URL, and that the server is up, has that database, and lets you in"


def postgres_database(url: URL, *, read_only: bool = False) -> Database:
    """Return the database that a URL names, as one that the server lets nobody change if that is so.

    Nothing is connected to yet.
    """
    try:
        import psycopg  # noqa: PLC0415 — an extra, and only this needs it

        from reconciler.store.bounded import bounded_connect  # noqa: PLC0415 — the same
    except ImportError:
        raise StoreError(
            "a journal in PostgreSQL needs a driver that is not installed",
            remedy="pip install 'render-reconciler[postgres]'",
        ) from None
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    if not known.issuperset(url.query):
        # The driver has others, such as `autocommit`, that would undo what a transaction promises.
        raise StoreError(
            "RECONCILE_STORE_URL has a parameter that is none of PostgreSQL's",
            remedy="after the ? stand parameters of a connection, such as sslmode=verify-full",
        )
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        # A deploy takes minutes, in which a proxy may drop a connection that nobody uses.
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        # Never False, which would undo what the server's own settings say.
        execution_options={"postgresql_readonly": True} if read_only else {},
        connect_args={name: value for name, value in _DEFAULTS.items() if name not in url.query},
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> object:
        return bounded_connect(ANSWER_SECONDS, *arguments, **options)

    event.listen(engine, "begin", _limit)
    among_parameters = [text for name, value in url.query.items() if "password" in name for text in _texts(value)]
    hidden = [secret for secret in (url.password, *among_parameters) if secret]

    def explain(error: BaseException) -> Trouble:
        state = error.sqlstate or "" if isinstance(error, psycopg.Error) else ""
        remedy = _REMEDIES.get(state) or _REMEDIES.get(state[:2]) or _UNREACHABLE
        return Trouble(f"cannot be used: {_first_line(error, hidden)}", remedy)

    return Database(engine, f"the journal {_name(url)}", is_shared=True, explain=explain)


def _limit(connection: Connection) -> None:
    """Let the server give up before this side does, which can then say why; behind a pooler, for this transaction only.

    A machine that vanishes in the middle of a transaction keeps the others waiting no longer than that either.
    """
    limits = {"lock": LOCK_SECONDS, "gone": GONE_SECONDS}
    connection.execute(_LIMITS, {name: f"{round(seconds * 1000)}ms" for name, seconds in limits.items()})


def _name(url: URL) -> str:
    """Return what a URL names without who logs in."""
    host = url.host or next(iter(_texts(url.query.get("host"))), None) or "PostgreSQL's usual place"
    return f"{url.database or 'of the usual name'} at {host}" + (f":{url.port}" if url.port else "")


def _first_line(error: BaseException, hidden: Iterable[str]) -> str:
    text = str(error)
    for secret in hidden:
        text = text.replace(secret, "***")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:_LONGEST] if lines else type(error).__name__


def _texts(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else value
