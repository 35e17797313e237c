"""Databases on Render: what a listing and the connection info tell of a Postgres or a Key Value instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.domain.value import Secret


@dataclass(frozen=True, slots=True)
class Datastore:
    """A Postgres database or a Key Value instance, without how to connect to it."""

    id: str
    name: str
    region: str | None = None
    replicas: tuple[str, ...] = ()
    """The ids of its read replicas, which have hosts of their own."""


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """How to connect to a database; a Key Value instance has no password of its own field."""

    internal: Secret
    """The connection string from within Render's network."""
    external: Secret
    password: Secret | None = None
