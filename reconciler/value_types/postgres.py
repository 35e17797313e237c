"""PostgreSQL's connection URLs: `postgres_url`; what drivers and Supabase's pooler ask of them is in `rules`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.value_types.connection import ENCODE
from reconciler.value_types.option import FLAG, VARIABLE, one_of
from reconciler.value_types.url import Host, parse_url
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

_SCHEMES = frozenset({"postgres", "postgresql", "ecto", "postgis"})
"""PostgreSQL's own, and what Phoenix and GeoDjango write for the same."""
_BEGINNINGS = ("postg", "ecto:")
_DRIVERS = ("asyncpg", "pg8000", "psycopg", "psycopg2", "psycopg2cffi")
"""Those of https://docs.sqlalchemy.org/en/20/dialects/postgresql.html."""


def database_hosts(text: str) -> tuple[Host, ...] | None:
    """Return the hosts that a PostgreSQL URL leads to, or `None` for a text that is no such URL.

    As libpq does, `?host=` and `?port=` win over what stands before the path.
    """
    text = text.removeprefix("jdbc:")
    if not text[: len("postg")].lower().startswith(_BEGINNINGS):
        # Rules ask this of every value, and most are a word.
        return None
    url = parse_url(text)
    if url is None or url.scheme.partition("+")[0] not in _SCHEMES:
        return None
    query = dict(url.query)
    if not query.get("host"):
        return url.hosts
    port = query.get("port", "")
    base = url.hosts[0] if url.hosts else Host("", None, query.get("user"), has_password=False)
    if port.isascii() and port.isdigit() and len(port) < 6:  # noqa: PLR2004 — as many digits as a port can have
        base = replace(base, port=int(port))
    return tuple(replace(base, name=name.lower().removesuffix(".")) for name in query["host"].split(","))


def _postgres_url(_options: TypeOptions, text: str) -> str | None:
    url, hosts = parse_url(text), database_hosts(text)
    if url is None or hosts is None:
        return f"the value is not a PostgreSQL URL: {POSTGRES_URL.right}"
    if not hosts or not all(host.name for host in hosts):
        return f"the value names no host: {POSTGRES_URL.right}"
    written = url.scheme.partition("+")[2]
    if written and written not in _DRIVERS:
        return f"the value is for an unknown driver: {POSTGRES_URL.right}"
    return None


POSTGRES_URL = ValueType(
    "postgres_url",
    _postgres_url,
    f"write postgresql://user:password@host:5432/database, and {ENCODE}",
    {
        "pool_mode": one_of("transaction", "session", "direct"),
        "driver": one_of(*_DRIVERS),
        "same_project_as": VARIABLE,
        "ipv4_addon": FLAG,
    },
    credential=True,
)
