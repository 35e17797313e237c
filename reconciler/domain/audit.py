"""What a workspace's audit log says of services' variables: that somebody changed them, who and when; never a value.

Source: Render's OpenAPI document (`/owners/{ownerId}/audit-logs`). An entry names the service and what of it was
changed (`env_vars`), not which variable: so a change is known by its service only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.address import Kind


class EventKind(StrEnum):
    """What happened, by the names that Render's API uses."""

    CREATED = "CreateEnvVarsEvent"
    UPDATED = "UpdateEnvVarsEvent"
    DELETED = "DeleteEnvVarsEvent"
    BLUEPRINT_APPLIED = "ApplyBlueprintEvent"


class ActorType(StrEnum):
    """Through what an actor did it, by the names that Render's API uses."""

    USER = "user"
    REST_API = "rest_api"
    SYSTEM = "system"
    OTHER = "other"
    """One that Render introduced later."""


@dataclass(frozen=True, slots=True)
class VariableEvent:
    """One entry about one service's variables or secret files; times are Render's, in UTC."""

    kind: EventKind
    service_id: str
    at: datetime
    actor_type: ActorType
    actor: str | None = None
    """Who it was, by e-mail, safe to show; `None` where the log does not say."""
    changed: Kind | None = None
    """Whether variables or secret files were changed; `None` where the log does not say."""


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """The entries about variables since a time, newest first, and nothing left out since then."""

    events: tuple[VariableEvent, ...]
    since: datetime
    touched: frozenset[str] = frozenset()
    """The ids of all services that an entry names as changed in whatever way, or as what somebody tried to change."""
    is_vague: bool = False
    """Whether an entry about variables names neither a service nor an env group: it may be about any of them."""
