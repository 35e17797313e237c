"""Finding log lines: which lines of which instances, deploys and jobs a query asks for, and the next page's times.

Lines are computed from scripts and timetables when they are asked for, newest first or oldest first, and no more of
them than the page needs.
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import translate
from itertools import islice
from typing import TYPE_CHECKING

from reconciler.sandbox.instance import LogLine
from reconciler.sandbox.refusal import not_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.sandbox.deploy import Deploy
    from reconciler.sandbox.record import Owner
    from reconciler.sandbox.workspace import Workspace

_GAP = timedelta(microseconds=10)
_SEARCHED = 200_000
"""Lines looked at for one page; a filter that matches nothing must not walk through years of a busy worker."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What is asked for."""

    resources: Sequence[str]
    start: datetime
    end: datetime
    backward: bool
    limit: int
    filters: Mapping[str, Sequence[str]]
    """Accepted values by label; `text` filters the message."""

    def accepts(self, line: LogLine) -> bool:
        """Tell whether every filter lets a line through."""
        for name, patterns in self.filters.items():
            text = line.message if name == "text" else line.label(name)
            if text is None or not any(_matches(pattern, text, part=name == "text") for pattern in patterns):
                return False
        return True


@dataclass(frozen=True, slots=True)
class LogPage:
    """The lines found, and the span in which the rest is."""

    lines: Sequence[LogLine]
    has_more: bool
    next_start: datetime
    next_end: datetime


def find_lines(workspace: Workspace, owner: Owner, query: LogQuery) -> LogPage:
    """Return one page of lines."""
    sources = [source for resource in query.resources for source in _sources(workspace, owner, resource, query)]
    merged = heapq.merge(*sources, key=lambda line: line.at, reverse=query.backward)
    wanted = (line for line in islice(merged, _SEARCHED) if query.accepts(line))
    found = list(islice(wanted, query.limit + 1))
    lines, has_more = found[: query.limit], len(found) > query.limit
    start, end = query.start, query.end
    if lines:
        start, end = (start, lines[-1].at) if query.backward else (lines[-1].at, end)
    return LogPage(lines, has_more, start, end)


def _sources(workspace: Workspace, owner: Owner, resource: str, query: LogQuery) -> Iterator[Iterable[LogLine]]:
    now = workspace.now()
    end = min(query.end, now)
    for job in (job for jobs in workspace.jobs.values() for job in jobs if job.id == resource):
        yield job.process.lines(query.start, end, backward=query.backward)
        return
    service = workspace.services.get(resource)
    if service is None or service.owner_id != owner.id:
        if resource in workspace.datastores:
            return
        raise not_found(resource)
    rollout = workspace.rollout(resource)
    for instance in rollout.instances:
        yield instance.lines(query.start, end, backward=query.backward)
    for deploy in rollout.deploys:
        yield _within(_narration(deploy), query, end)
    yield _within(workspace.requests.get(resource, []), query, end)


def _within(lines: Sequence[LogLine], query: LogQuery, end: datetime) -> Iterator[LogLine]:
    ordered = reversed(lines) if query.backward else iter(lines)
    return (line for line in ordered if query.start <= line.at <= end)


def _narration(deploy: Deploy) -> list[LogLine]:
    """Return what Render itself says about a deploy; of the type `build`, so that it is not taken for the program."""
    told = {
        "build_in_progress": ["==> Cloning the repository", "==> Running build command"],
        "pre_deploy_in_progress": ["==> Starting pre-deploy command"],
        "update_in_progress": ["==> Deploying..."],
        "live": ["==> Your service is live"],
        "build_failed": ["==> Build failed"],
        "update_failed": ["==> Deploy failed"],
    }
    moments = [(phase.at, phase.status) for phase in deploy.phases]
    if deploy.finished_at and deploy.finished_as:
        moments.append((deploy.finished_at, deploy.finished_as))
    labels = (("resource", deploy.service_id), ("level", "info"), ("type", "build"))
    return [
        LogLine(f"{deploy.id}-{status}-{number}", at + number * _GAP, message, labels)
        for at, status in moments
        for number, message in enumerate(told.get(status, []))
    ]


def _matches(pattern: str, text: str, *, part: bool) -> bool:
    """Match as Render's documentation on log filters says: `/regex/`, `*` wildcards, else the text itself."""
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        try:
            return re.search(pattern[1:-1], text) is not None
        except re.error:
            return False
    if "*" in pattern:
        return re.fullmatch(translate(f"*{pattern}*" if part else pattern), text) is not None
    return pattern in text if part else pattern == text
