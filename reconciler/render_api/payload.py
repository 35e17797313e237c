"""The shapes of Render's answers, as far as they are used: strict about those fields, blind to all others.

Source: Render's OpenAPI document and recorded traffic. Values become `Secret` before anything else sees them.
"""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter

from reconciler.domain.deploy import Deploy, DeployStatus, Instance, LogLine
from reconciler.domain.state import ServiceSummary, ServiceType
from reconciler.domain.value import Secret


def _secret(value: object) -> Secret:
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 — what pydantic takes for a mistake in the payload
    return Secret(value)


SecretText = Annotated[Secret, PlainValidator(_secret)]
Text = Annotated[str, Field(min_length=1)]


class Payload(BaseModel):
    """What all shapes have in common."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class OwnerPayload(Payload):
    """A workspace; Render's API calls it an owner."""

    id: Text
    name: str


class ServiceDetailsPayload(Payload):
    """What depends on a service's type."""

    url: str | None = None
    region: str | None = None


class ServicePayload(Payload):
    """A service."""

    id: Text
    name: Text
    type: str
    owner_id: Text = Field(alias="ownerId")
    suspended: str
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

    id: Text
    status: str | None = None
    created_at: AwareDatetime = Field(alias="createdAt")
    trigger: str | None = None
    finished_at: AwareDatetime | None = Field(default=None, alias="finishedAt")

    def deploy(self) -> Deploy:
        """Return the deploy; a status that is not known is never taken for an end."""
        statuses = {member.value: member for member in DeployStatus}
        return Deploy(
            id=self.id,
            status=statuses.get(self.status or "", DeployStatus.UNKNOWN),
            created_at=self.created_at.astimezone(UTC),
            trigger=self.trigger,
            finished_at=self.finished_at.astimezone(UTC) if self.finished_at else None,
        )


class InstancePayload(Payload):
    """A running instance."""

    id: Text
    created_at: AwareDatetime = Field(alias="createdAt")

    def instance(self) -> Instance:
        """Return the instance."""
        return Instance(self.id, self.created_at.astimezone(UTC))


class LabelPayload(Payload):
    """A label of a log line."""

    name: str
    value: str


class LogLinePayload(Payload):
    """A log line."""

    id: Text
    message: str
    timestamp: AwareDatetime
    labels: list[LabelPayload]

    def line(self) -> LogLine:
        """Return the line and the instance that wrote it."""
        instance = next((label.value for label in self.labels if label.name == "instance"), None)
        return LogLine(self.id, self.message, self.timestamp.astimezone(UTC), instance)


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

    cursor: str | None = None


class OwnerItem(Item):
    """One workspace of a list."""

    content: OwnerPayload = Field(alias="owner")


class ServiceItem(Item):
    """One service of a list."""

    content: ServicePayload = Field(alias="service")


class VariableItem(Item):
    """One variable of a list."""

    content: VariablePayload = Field(alias="envVar")


class SecretFileItem(Item):
    """One secret file of a list."""

    content: SecretFilePayload = Field(alias="secretFile")


class DeployItem(Item):
    """One deploy of a list."""

    content: DeployPayload = Field(alias="deploy")


OWNERS = TypeAdapter(list[OwnerItem])
SERVICES = TypeAdapter(list[ServiceItem])
VARIABLES = TypeAdapter(list[VariableItem])
SECRET_FILES = TypeAdapter(list[SecretFileItem])
DEPLOYS = TypeAdapter(list[DeployItem])
INSTANCES = TypeAdapter(list[InstancePayload])
VARIABLE = TypeAdapter(VariablePayload)
SECRET_FILE = TypeAdapter(SecretFilePayload)
DEPLOY = TypeAdapter(DeployPayload)
LOG_PAGE = TypeAdapter(LogPagePayload)
ERROR = TypeAdapter(ErrorPayload)
