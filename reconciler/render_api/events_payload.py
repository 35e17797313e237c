"""The shapes of a service's events: strict about what is used of them, blind to every text that comes along.

Source: Render's OpenAPI document. What depends on the type of an event is in `details`, of which nothing is required.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from reconciler.domain.event import EventType, FailureReason, ServiceEvent
from reconciler.render_api.payload import Id, Item, Moment, Payload

_ENDINGS = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
    "successful": "succeeded",
    "unsuccessful": "failed",
}
"""Runs of cron jobs end with words of their own."""

ExitStatus = Annotated[int, Field(ge=-1024, le=1024)]


class FailurePayload(Payload):
    """Why something failed; only what is said by its being there is looked at."""

    evicted: bool = False
    exit_status: ExitStatus | None = Field(default=None, alias="nonZeroExit")
    early_exit: bool | None = Field(default=None, alias="earlyExit")
    out_of_memory: dict[str, object] | None = Field(default=None, alias="oomKilled")
    timed_out: int | None = Field(default=None, alias="timedOutSeconds")
    unhealthy: str | None = None

    @property
    def reason(self) -> FailureReason | None:
        """The first of the reasons that is given, the most telling one first."""
        given = {
            FailureReason.OUT_OF_MEMORY: self.out_of_memory is not None,
            FailureReason.TIMED_OUT: self.timed_out is not None,
            FailureReason.UNHEALTHY: bool(self.unhealthy),
            FailureReason.EXITED: bool(self.exit_status) or bool(self.early_exit),
            FailureReason.EVICTED: self.evicted,
        }
        return next((reason for reason, holds in given.items() if holds), None)


class ReasonPayload(FailurePayload):
    """The reason of an event: a failure itself, or one that holds a failure."""

    failure: FailurePayload | None = None


class DetailsPayload(Payload):
    """What depends on an event's type."""

    deploy_id: Id | None = Field(default=None, alias="deployId")
    deploy_status: str | None = Field(default=None, alias="deployStatus")
    build_status: str | None = Field(default=None, alias="buildStatus")
    pre_deploy_status: str | None = Field(default=None, alias="preDeployStatus")
    status: int | str | None = None
    """Of a cron job's run a word; elsewhere a number that Render's document calls deprecated."""
    reason: ReasonPayload | None = None


class EventPayload(Payload):
    """An event."""

    id: Id
    at: Moment = Field(alias="timestamp")
    service_id: Id = Field(alias="serviceId")
    type: str
    details: dict[str, object]

    def event(self) -> ServiceEvent:
        """Return the event; of a type that is not known, nothing but that it was; raises pydantic's error."""
        types = {member.value: member for member in EventType}
        kind = types.get(self.type, EventType.OTHER)
        if kind is EventType.OTHER:
            return ServiceEvent(self.id, self.at, kind)
        details = DetailsPayload.model_validate(self.details, strict=True)
        failure = (details.reason and details.reason.failure) or details.reason or ReasonPayload()
        run = details.status if isinstance(details.status, str) else None
        status = details.deploy_status or details.build_status or details.pre_deploy_status or run
        return ServiceEvent(
            self.id,
            self.at,
            kind,
            details.deploy_id,
            _ENDINGS.get(status or ""),
            failure.reason,
            failure.exit_status,
        )


class EventItem(Item):
    """One event, in a list."""

    content: EventPayload = Field(alias="event")


EVENTS = TypeAdapter(list[EventItem])
