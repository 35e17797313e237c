"""Reading the newest events of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.render_api import endpoints
from reconciler.render_api.events_payload import EVENTS
from reconciler.render_api.names import by_name
from reconciler.render_api.pages import PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.event import ServiceEvent
    from reconciler.render_api.connection import RenderConnection


async def read_events(connection: RenderConnection, service_id: str, since: str) -> Sequence[ServiceEvent]:
    """Return the newest `PAGE` events since a time, newest first: a crash loop of days is told by its last hour.

    Raises `RenderError` for an answer that is not what it should be.
    """
    query = [("limit", str(PAGE)), ("startTime", since)]
    answer = await connection.read(endpoints.EVENTS, service_id, query=query)
    items = answer.read_as(EVENTS)
    if any(item.content.service_id != service_id for item in items):
        raise answer.malformed("it is about another service")
    events: list[ServiceEvent] = []
    is_malformed = False
    try:
        events = [item.content.event() for item in items]
    except ValidationError:
        is_malformed = True
    if is_malformed:
        # Raised here, so that pydantic's error, which may hold what the body holds, is not its context.
        raise answer.malformed("the details of an event are not what they should be")
    by_name(f"the events of {service_id}", ((event.id, event) for event in events))
    return sorted(events, key=lambda event: event.at, reverse=True)
