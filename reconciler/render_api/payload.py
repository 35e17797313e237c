"""The shapes of Render's answers, as far as they are used: strict about those fields, blind to all others.

Source: Render's OpenAPI document and recorded traffic. Values become `Secret` before anything else sees them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    model_validator,
)
from pydantic_core import PydanticCustomError

from reconciler.domain.deploy import Deploy, DeployStatus, Instance, LogLine
from reconciler.domain.state import ServiceSummary, ServiceType
from reconciler.domain.value import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TRIGGERS = frozenset(
    {
        "api",
        "blueprint_sync",
        "deploy_hook",
        "deployed_by_render",
        "manual",
        "new_commit",
        "rollback",
        "service_resumed",
        "service_updated",
    }
)


def _secret(value: object) -> Secret:
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 — what pydantic takes for a mistake in the payload
    return Secret(value)


def is_id(text: str) -> bool:
    """Whether a text can be an id of Render's."""
    return _ID.fullmatch(text) is not None


def _id(text: str) -> str:
    if not is_id(text):
        raise PydanticCustomError("not_an_id", "not an id")
    return text


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("not_a_time", "not a time") from None


def _shown(text: str) -> str:
    """Write what does not print, or changes how its surroundings are shown, as an escape: a person will read it."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


SecretText = Annotated[Secret, PlainValidator(_secret)]
Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, AfterValidator(_id)]
Cursor = Annotated[str, Field(pattern=r"^[ -~]{0,1000}$")]
Name = Annotated[str, AfterValidator(_shown)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


WHEN_USED = ConfigDict(defer_build=True)
"""A shape is built when the first answer of its kind comes: no command needs all of them, and each takes its time."""


class Payload(BaseModel):
    """What all shapes have in common."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True)


class OwnerPayload(Payload):
    """A workspace; Render's API calls it an owner."""

    id: Id
    name: Name


class PortPayload(Payload):
    """A port on which a service listens."""

    port: Annotated[int, Field(ge=1, le=65535)]
    protocol: str


class ServiceDetailsPayload(Payload):
    """What depends on a service's type."""

    url: Name | None = None
    region: Name | None = None
    ports: list[PortPayload] | None = Field(default=None, alias="openPorts")


class ServicePayload(Payload):
    """A service."""

    id: Id
    name: Annotated[Name, Field(min_length=1)]
    type: str
    owner_id: Id = Field(alias="ownerId")
    suspended: str
    slug: Name | None = None
    created_at: Moment | None = Field(default=None, alias="createdAt")
    details: ServiceDetailsPayload | None = Field(default=None, alias="serviceDetails")

    def summary(self) -> ServiceSummary:
        """Return what the program knows a service by."""
        types = {member.value: member for member in ServiceType}
        details = self.details or ServiceDetailsPayload()
        return ServiceSummary(
            id=self.id,
            name=self.name,
            type=types.get(self.type, ServiceType.OTHER),
            workspace_id=self.owner_id,
            suspended=self.suspended != "not_suspended",
            url=details.url or None,
            region=details.region or None,
            slug=self.slug or None,
            ports=tuple(port.port for port in details.ports or () if port.protocol == "TCP"),
            created_at=self.created_at,
        )


class VariablePayload(Payload):
    """A variable."""

    key: str
    value: SecretText


class SecretFilePayload(Payload):
    """A secret file."""

    name: str
    content: SecretText


class DeployPayload(Payload):
    """A deploy."""

    id: Id
    status: str | None = None
    created_at: Moment = Field(alias="createdAt")
    trigger: str | None = None
    started_at: Moment | None = Field(default=None, alias="startedAt")
    finished_at: Moment | None = Field(default=None, alias="finishedAt")

    def deploy(self) -> Deploy:
        """Return the deploy; a status that is not known is never taken for an end."""
        statuses = {member.value: member for member in DeployStatus}
        return Deploy(
            id=self.id,
            status=statuses.get(self.status or "", DeployStatus.UNKNOWN),
            created_at=self.created_at,
            trigger=self.trigger if self.trigger is None or self.trigger in _TRIGGERS else "other",
            started_at=self.started_at,
            finished_at=self.finished_at,
        )


class InstancePayload(Payload):
    """A running instance."""

    id: Id
    created_at: Moment = Field(alias="createdAt")

    def instance(self) -> Instance:
        """Return the instance."""
        return Instance(self.id, self.created_at)


class LabelPayload(Payload):
    """A label of a log line."""

    name: str
    value: str

    @model_validator(mode="after")
    def _names_an_instance(self) -> Self:
        if self.name == "instance":
            _id(self.value)
        return self


class LogLinePayload(Payload):
    """A log line."""

    id: Text
    message: str
    timestamp: Moment
    labels: list[LabelPayload]

    def line(self) -> LogLine:
        """Return the line and the instance that wrote it."""
        instance = next((label.value for label in self.labels if label.name == "instance"), None)
        return LogLine(self.id, self.message, self.timestamp, instance)


class LogPagePayload(Payload):
    """Log lines, and the times to ask for next; those stay text, because they may be finer than a `datetime`."""

    logs: list[LogLinePayload] | None
    has_more: bool = Field(alias="hasMore")
    next_start: str | None = Field(default=None, alias="nextStartTime")
    next_end: str | None = Field(default=None, alias="nextEndTime")


class ErrorPayload(Payload):
    """An error; recorded ones carry a message only."""

    id: str | None = None
    message: Text


class Item(Payload):
    """One item of a list, and the cursor to go on after it."""

    cursor: Cursor | None = None

    def held(self) -> Mapping[str, Secret]:
        """Return the value that the item holds, if any, by its name."""
        return {}


class OwnerItem(Item):
    """One workspace of a list."""

    content: OwnerPayload = Field(alias="owner")


class ServiceItem(Item):
    """One service of a list."""

    content: ServicePayload = Field(alias="service")


class VariableItem(Item):
    """One variable of a list."""

    content: VariablePayload = Field(alias="envVar")

    def held(self) -> Mapping[str, Secret]:
        """Return the variable's value by its key."""
        return {self.content.key: self.content.value}


class SecretFileItem(Item):
    """One secret file of a list."""

    content: SecretFilePayload = Field(alias="secretFile")

    def held(self) -> Mapping[str, Secret]:
        """Return the file's content by its name."""
        return {self.content.name: self.content.content}


class DeployItem(Item):
    """One deploy of a list."""

    content: DeployPayload = Field(alias="deploy")


OWNERS = TypeAdapter(list[OwnerItem], config=WHEN_USED)
SERVICES = TypeAdapter(list[ServiceItem], config=WHEN_USED)
VARIABLES = TypeAdapter(list[VariableItem], config=WHEN_USED)
SECRET_FILES = TypeAdapter(list[SecretFileItem], config=WHEN_USED)
DEPLOYS = TypeAdapter(list[DeployItem], config=WHEN_USED)
INSTANCES = TypeAdapter(list[InstancePayload], config=WHEN_USED)
VARIABLE = TypeAdapter(VariablePayload)
SECRET_FILE = TypeAdapter(SecretFilePayload)
DEPLOY = TypeAdapter(DeployPayload)
LOG_PAGE = TypeAdapter(LogPagePayload)
ERROR = TypeAdapter(ErrorPayload)
