"""RC190 to RC192: what Python's PostgreSQL drivers make of a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.rules.example import POOLER, database, one
from reconciler.rules.rule import Alone, Example, Kin, Rule
from reconciler.value_types.supabase_host import TRANSACTION_PORT, is_pooler

if TYPE_CHECKING:
    from reconciler.rules.scene import Held, Scene, Setting
    from reconciler.value_types.url import Url

FAMILY = "Drivers"
_DIALECTS = "https://docs.sqlalchemy.org/en/20/dialects/postgresql.html"
_PREPARE = frozenset({"asyncpg", "psycopg"})
"""Drivers that prepare statements by themselves."""
_SWITCHED_OFF = frozenset({"prepared_statement_cache_size", "statement_cache_size"})


def _url(held: Held) -> Url | None:
    if held.reading is None or held.reading.database_hosts is None:
        return None
    return held.reading.url


def _driver(held: Held, url: Url) -> str | None:
    """Return the driver that is declared, or the one that the URL names."""
    declared = held.definition.type.options.get("driver")
    return declared if isinstance(declared, str) else url.scheme.partition("+")[2] or None


def _mismatch(held: Held, _setting: Setting) -> str | None:
    declared, url = held.definition.type.options.get("driver"), _url(held)
    if url is None or not isinstance(declared, str) or url.scheme == f"postgresql+{declared}":
        return None
    if declared == "psycopg2" and url.scheme == "postgresql":
        return None  # what SQLAlchemy takes where none is named
    return f"the value is not for SQLAlchemy with {declared}: it must begin with postgresql+{declared}://"


def _sslmode(held: Held, _setting: Setting) -> str | None:
    url = _url(held)
    if url is None or _driver(held, url) != "asyncpg" or not any(name == "sslmode" for name, _ in url.query):
        return None
    return "the value has `sslmode`, which asyncpg does not take from SQLAlchemy: the first connection fails"


def _prepared(held: Held, _setting: Setting) -> str | None:
    url = _url(held)
    if url is None or _driver(held, url) not in _PREPARE:
        return None
    pooled = any(host.port == TRANSACTION_PORT and is_pooler(host.name) for host in url.hosts)
    if not pooled or any(name in _SWITCHED_OFF and value == "0" for name, value in url.query):
        return None
    return "the value leads to a pooler of transactions, where statements that the driver prepares are lost"


def _declared(scheme: str) -> Scene:
    return one("DATABASE_URL", database("db.example.com", "app", scheme), "postgres_url", {"driver": "asyncpg"})


MISMATCH = Rule(
    code="RC190",
    name="driver-scheme",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="SQLAlchemy knows no postgres://, and takes the driver from the scheme: another one is loaded, or none.",
    fix="write the scheme as postgresql+<driver>://",
    source=_DIALECTS,
    look=Alone(_mismatch, Kin.URL),
    fires=Example(
        "postgres://… where `driver: asyncpg` is declared",
        lambda: _declared("postgres"),
    ),
    passes=Example(
        "postgresql+asyncpg://… there",
        lambda: one(
            "DATABASE_URL",
            database("db.example.com", "app", "postgresql+asyncpg"),
            "postgres_url",
            {"driver": "asyncpg"},
        ),
    ),
)
SSLMODE = Rule(
    code="RC191",
    name="asyncpg-sslmode",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="SQLAlchemy hands the query's parameters to asyncpg, which has `ssl` and refuses `sslmode`.",
    fix="write ssl=require in its place",
    source=_DIALECTS,
    look=Alone(_sslmode, Kin.URL),
    fires=Example(
        "postgresql+asyncpg://…?sslmode=require",
        lambda: one("DATABASE_URL", database("db.example.com", "app", "postgresql+asyncpg") + "?sslmode=require"),
    ),
    passes=Example(
        "postgresql+asyncpg://…?ssl=require",
        lambda: one("DATABASE_URL", database("db.example.com", "app", "postgresql+asyncpg") + "?ssl=require"),
    ),
)
PREPARED = Rule(
    code="RC192",
    name="prepared-statements-pooled",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Port 6543 gives each transaction another connection; a statement prepared on one is unknown to the next.",
    fix="switch prepared statements off (asyncpg: ?prepared_statement_cache_size=0; psycopg: prepare_threshold=None), "
    "or use port 5432",
    source="https://supabase.com/docs/guides/database/connecting-to-postgres",
    look=Alone(_prepared, Kin.URL),
    fires=Example(
        "postgresql+asyncpg://…pooler.supabase.com:6543/postgres",
        lambda: one("DATABASE_URL", database(scheme="postgresql+asyncpg")),
    ),
    passes=Example(
        "postgresql+asyncpg://…pooler.supabase.com:5432/postgres",
        lambda: one("DATABASE_URL", database(f"{POOLER}:5432", scheme="postgresql+asyncpg")),
    ),
)
