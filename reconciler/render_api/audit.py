"""Reading a workspace's audit log, newest first, as far back as asked for or as is worth the requests."""

from __future__ import annotations

from datetime import UTC
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.domain.audit import AuditTrail
from reconciler.render_api import endpoints
from reconciler.render_api.audit_payload import AUDIT_LOGS
from reconciler.render_api.moment import timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.render_api.audit_payload import AuditEntryPayload
    from reconciler.render_api.connection import RenderConnection

PAGE = 1_000
"""Entries to ask for: the most that Render's OpenAPI document allows."""
ELSEWHERE = 100
"""What Render's other lists give at most: where a page has as many, whether it is the last is asked, not believed."""
PAGE_LIMIT = 5
"""Pages of one reading: who changed a variable five thousand entries ago is not worth more requests."""

UNREADABLE = (
    HTTPStatus.PAYMENT_REQUIRED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.NOT_ACCEPTABLE,
)
"""Answers of a workspace whose plan has no audit log, or whose log the key's owner may not read."""


async def read_audit_trail(connection: RenderConnection, workspace_id: str, since: datetime) -> AuditTrail | None:
    """Return what the log says of variables since a time; `None` where it cannot be read.

    Where it is longer than `PAGE_LIMIT` pages, the trail begins with the oldest entry that was read. Raises
    `RenderError` for an answer that is not what it should be.
    """
    query = [("direction", "backward"), ("limit", str(PAGE)), ("startTime", timestamp(since))]
    found: dict[str, AuditEntryPayload] = {}
    cursor: str | None = None
    for _ in range(PAGE_LIMIT):
        paging = [("cursor", cursor)] if cursor else []
        answer = await connection.read(
            endpoints.AUDIT_LOGS, workspace_id, query=[*query, *paging], accept=(HTTPStatus.OK, *UNREADABLE)
        )
        if answer.status in UNREADABLE:
            return None
        items = answer.read_as(AUDIT_LOGS)
        if len(items) > PAGE:
            raise answer.malformed(f"a page has {len(items)} items, of {PAGE} that were asked for")
        before = len(found)
        found |= {item.content.id: item.content for item in items}
        cursor = items[-1].cursor if items else None
        if len(items) < ELSEWHERE or (len(items) < PAGE and not cursor):
            return _trail(found, since)
        if not cursor:
            raise answer.malformed("a full page ends without a cursor")
        if len(found) == before:
            raise answer.malformed("its pages repeat themselves")
    return _trail(found, max(since, min(entry.timestamp for entry in found.values())))


def _trail(found: dict[str, AuditEntryPayload], since: datetime) -> AuditTrail:
    events = [event for entry in found.values() if (event := entry.variable_event()) is not None and event.at >= since]
    touched = frozenset[str]().union(*(entry.touched for entry in found.values()))
    return AuditTrail(
        tuple(sorted(events, key=lambda event: event.at, reverse=True)),
        since.astimezone(UTC),
        touched,
        any(entry.is_vague for entry in found.values()),
    )


async def audit_log_reaches(connection: RenderConnection, workspace_id: str, before: datetime) -> bool:
    """Return whether the log still has an entry from before a time, so that nothing since then was dropped from it.

    A log that is younger than the time, or that keeps entries for less long, has none; neither has one of a workspace
    in which nobody did anything before. Raises `RenderError` for an answer that is not what it should be.
    """
    query = [("direction", "backward"), ("limit", "1"), ("endTime", timestamp(before))]
    answer = await connection.read(endpoints.AUDIT_LOGS, workspace_id, query=query, accept=(HTTPStatus.OK, *UNREADABLE))
    if answer.status in UNREADABLE:
        return False
    return any(item.content.timestamp <= before for item in answer.read_as(AUDIT_LOGS))
