"""Offers: what `from` takes of a database or a service, out of what Render says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from reconciler.domain.definition import FromKeyValue, FromPostgres
from reconciler.domain.value import Secret

if TYPE_CHECKING:
    from reconciler.domain.datastore import ConnectionInfo
    from reconciler.domain.state import ServiceSummary

DEFAULT_PORTS = {FromPostgres: 5432, FromKeyValue: 6379}
"""The ports of PostgreSQL and Redis, which a connection string leaves out or names."""


def database_offer(source: FromPostgres | FromKeyValue, info: ConnectionInfo) -> Secret | str:
    """Return a database's property; or a sentence that says why it cannot be had, without any value.

    Render's API document has fields for the two connection strings and for the password of a Postgres database; all
    else is taken out of the internal connection string.
    """
    if source.property == "internal_connection_string":
        found: str | None = info.internal.reveal()
    elif source.property == "external_connection_string":
        found = info.external.reveal()
    elif source.property == "password" and info.password is not None:
        found = info.password.reveal()
    else:
        found = _part(source, info.internal.reveal())
    if not found:
        return f"Render's connection info has no `{source.property}`"
    return Secret(found)


def service_offer(service: ServiceSummary, wanted: str) -> Secret | str:
    """Return a service's property; or a sentence that says why it has none."""
    match wanted:
        case "url":
            if service.url and service.url.startswith(("https://", "http://")):
                return Secret(service.url)
            return f"`{service.name}` is not open to the web, so it has no URL; a private service has a `hostport`"
        case "host":
            return Secret(service.slug) if service.slug else f"Render names no host of `{service.name}`"
        case _:
            if not service.slug or not service.ports:
                return f"Render does not know a port on which `{service.name}` listens"
            if len(service.ports) > 1:
                return f"`{service.name}` listens on {len(service.ports)} ports; write its host and port as a value"
            return Secret(f"{service.slug}:{service.ports[0]}")


def _part(source: FromPostgres | FromKeyValue, connection_string: str) -> str | None:
    try:
        url: SplitResult = urlsplit(connection_string)
        port = url.port or DEFAULT_PORTS[type(source)]
    except ValueError:
        return None
    parts = {
        "host": url.hostname,
        "port": str(port) if url.hostname else None,
        "user": None if url.username is None else unquote(url.username),
        "password": None if url.password is None else unquote(url.password),
        "database": unquote(url.path.removeprefix("/")),
    }
    return parts.get(source.property)
