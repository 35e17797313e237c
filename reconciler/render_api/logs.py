"""Reading log lines, newest page first: pages that overlap in time, put together so that each line comes once."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class LogsAbout:
    """Whose lines are asked for, and how many."""

    workspace_id: str
    service_id: str
    since: str
    newest: int = LINE_LIMIT
    with_build: bool = False
    """Whether what Render and a build say is wanted beside the program's own lines."""

    @property
    def query(self) -> list[tuple[str, str]]:
        """What every page is asked with; filters are repeated here, says Render's OpenAPI document."""
        types = [("type", "app"), *([("type", "build")] if self.with_build else [])]
        return [("ownerId", self.workspace_id), ("resource", self.service_id), *types, ("direction", "backward")]


async def read_logs(connection: RenderConnection, about: LogsAbout) -> Sequence[LogLine]:
    """Return lines since a time, oldest first; of more than `newest`, the newest.

    What a service says last tells how it is; one that says so much must not make a deploy impossible to watch.
    """
    times = [("startTime", about.since)]
    seen: dict[str, LogLine] = {}
    for _ in range(PAGE_LIMIT):
        answer = await connection.read(endpoints.LOGS, query=[*about.query, ("limit", str(PAGE)), *times])
        page = answer.read_as(payload.LOG_PAGE)
        before = len(seen)
        for entry in page.logs or []:
            seen.setdefault(entry.id, entry.line())
        if not page.has_more or len(seen) >= about.newest:
            break
        following = [("startTime", page.next_start or ""), ("endTime", page.next_end or "")]
        if not page.next_start or not page.next_end:
            raise answer.malformed("there are more log lines, but it does not say from when")
        if following == times and len(seen) == before:
            raise answer.malformed("its pages repeat themselves")
        times = following
    return sorted(seen.values(), key=lambda line: line.timestamp)[-about.newest :]
