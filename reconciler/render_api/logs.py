"""Reading log lines, newest page first: pages that overlap in time, put together so that each line comes once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render_api import endpoints, payload
from reconciler.render_api.pages import PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.deploy import LogLine
    from reconciler.render_api.connection import RenderConnection

PAGE_LIMIT = 50
"""Pages of one reading: Render allows 30 requests for logs a minute and workspace, so more would take minutes."""
LINE_LIMIT = PAGE_LIMIT * PAGE


async def read_logs(connection: RenderConnection, workspace_id: str, service_id: str, since: str) -> Sequence[LogLine]:
    """Return the application's lines since a time, oldest first; of more than `LINE_LIMIT`, the newest.

    What a service says last tells how it is; one that says so much must not make a deploy impossible to watch.
    """
    about = [("ownerId", workspace_id), ("resource", service_id), ("type", "app"), ("direction", "backward")]
    times = [("startTime", since)]
    seen: dict[str, LogLine] = {}
    for _ in range(PAGE_LIMIT):
        answer = await connection.read(endpoints.LOGS, query=[*about, ("limit", str(PAGE)), *times])
        page = answer.read_as(payload.LOG_PAGE)
        before = len(seen)
        for entry in page.logs or []:
            seen.setdefault(entry.id, entry.line())
        if not page.has_more:
            break
        following = [("startTime", page.next_start or ""), ("endTime", page.next_end or "")]
        if not page.next_start or not page.next_end:
            raise answer.malformed("there are more log lines, but it does not say from when")
        if following == times and len(seen) == before:
            raise answer.malformed("its pages repeat themselves")
        times = following
    return sorted(seen.values(), key=lambda line: line.timestamp)[-LINE_LIMIT:]
