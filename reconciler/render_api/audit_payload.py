"""The shapes of an audit log: strict about who changed which service's variables, blind to all else.

Source: Render's OpenAPI document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from reconciler.domain.address import Kind
from reconciler.domain.audit import ActorType, EventKind, VariableEvent
from reconciler.render_api.payload import WHEN_USED, Item, Moment, Name, Payload, Text, is_id

if TYPE_CHECKING:
    from collections.abc import Iterator

_EMAIL = re.compile(r"[^@:/\s]{1,64}@[^@:/\s]{1,255}")
_ABOUT_VARIABLES = frozenset(EventKind)
_HARMLESS = frozenset({"ViewEnvVarValuesEvent", "ViewConnectionInfoEvent", "StartShellEvent", "EndShellEvent"})
_MAY_BE_ABOUT_THEM = re.compile(r"EnvVar|SecretFile|Blueprint|Rollback|Restore(?:Server|Service)")
"""What an event that Render introduces later may be called if it changes variables."""
_SERVICE_PREFIXES = ("srv-", "crn-")
_GROUP_PREFIX = "evg-"
_FIELDS = {"env_vars": Kind.ENV_VAR, "secret_files": Kind.SECRET_FILE}
"""What of a service was changed; the document shows the first in its example, the second is a guess."""


class ActorPayload(Payload):
    """Who did what an audit log tells; the document requires the type only."""

    type: str
    email: Name | None = None

    @property
    def name(self) -> str | None:
        """The e-mail, where it reads as one: it is shown, and anything else in its place may be what must not be."""
        return self.email if self.email is not None and _EMAIL.fullmatch(self.email) else None


class AuditEntryPayload(Payload):
    """One entry of an audit log; an event that has nothing to do with variables may come with any metadata."""

    id: Text
    timestamp: Moment
    event: str
    status: str
    actor: ActorPayload
    metadata: dict[str, object]

    @model_validator(mode="after")
    def _names_services_by_id(self) -> Self:
        service = self.metadata.get("service", "srv-")
        if self.event in _ABOUT_VARIABLES and not (isinstance(service, str) and is_id(service)):
            raise PydanticCustomError("not_an_id", "not an id")
        return self

    @property
    def touched(self) -> frozenset[str]:
        """The services that it names, unless it is of a kind that is known to change nothing."""
        if self.event in _HARMLESS:
            return frozenset()
        return frozenset(text for text in _texts(self.metadata) if text.startswith(_SERVICE_PREFIXES))

    @property
    def is_vague(self) -> bool:
        """Whether it is about variables, by a name that is known or sounds so, and tells neither service nor group."""
        if self.event in _HARMLESS or not (self.event in _ABOUT_VARIABLES or _MAY_BE_ABOUT_THEM.search(self.event)):
            return False
        return not self.touched and not any(text.startswith(_GROUP_PREFIX) for text in _texts(self.metadata))

    def variable_event(self) -> VariableEvent | None:
        """Return what it says of a service's variables; `None` where it failed, or says nothing of them."""
        service, changed = self.metadata.get("service"), self.metadata.get("field")
        if self.event not in _ABOUT_VARIABLES or not isinstance(service, str) or self.status == "error":
            return None
        actor_types = {member.value: member for member in ActorType}
        return VariableEvent(
            kind=EventKind(self.event),
            service_id=service,
            at=self.timestamp,
            actor_type=actor_types.get(self.actor.type, ActorType.OTHER),
            actor=self.actor.name,
            changed=_FIELDS.get(changed) if isinstance(changed, str) else None,
        )


def _texts(value: object) -> Iterator[str]:
    """Walk all texts in an entry's metadata, of which the document says no more than that it is an object."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
        case _:
            pass  # numbers and the like name nothing


class AuditItem(Item):
    """One entry of an audit log, in a list."""

    content: AuditEntryPayload = Field(alias="auditLog")


AUDIT_LOGS = TypeAdapter(list[AuditItem], config=WHEN_USED)
