"""PostgreSQL, the store of a team: the same journal and the same locks for every machine that applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine

from reconciler.errors import StoreError
from reconciler.store.database import Database, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import URL

CONNECT_SECONDS = 10
_LONGEST = 300

_DEFAULTS = {
    "application_name": "reconcile",
    "connect_timeout": CONNECT_SECONDS,
    # Prepared statements do not outlive a transaction behind a pooler.
    "prepare_threshold": None,
}
"""What the URL's parameters may say differently."""

_REMEDIES = {
    "25006": "name a server that may be written, not a replica, in RECONCILE_STORE_URL",
    "42501": "let the role create tables there, and read and write them",
    "28": "mend the user or the password in RECONCILE_STORE_URL",
    "53": "make room on the server, or let it take more connections",
    "57": "wait for the server to come back",
}
"""What to do, by SQLSTATE or its class."""

_UNREACHABLE = "check RECONCILE_STORE_URL, and that the server is up, has that database, and lets you in"


def postgres_database(url: URL) -> Database:
    """Return the database that a URL names; nothing is connected to yet."""
    try:
        import psycopg  # noqa: PLC0415 — an extra, and only this needs it
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
        connect_args={name: value for name, value in _DEFAULTS.items() if name not in url.query},
    )
    among_parameters = [text for name, value in url.query.items() if "password" in name for text in _texts(value)]
    hidden = [secret for secret in (url.password, *among_parameters) if secret]

    def explain(error: BaseException) -> Trouble:
        state = error.sqlstate or "" if isinstance(error, psycopg.Error) else ""
        remedy = _REMEDIES.get(state) or _REMEDIES.get(state[:2]) or _UNREACHABLE
        return Trouble(f"cannot be used: {_first_line(error, hidden)}", remedy)

    return Database(engine, f"the journal {_name(url)}", is_shared=True, explain=explain)


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
