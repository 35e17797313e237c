"""The one issue that says what drifted: known by a hidden marker and by who wrote it, kept up to date, then closed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from reconciler.errors import GitHubError
from reconciler.github.endpoints import CREATE_ISSUE, GRAPHQL_ISSUES, LIST_ISSUES, UPDATE_ISSUE
from reconciler.github.payload import ISSUE, ISSUE_AUTHORS, ISSUES, IssueBody, IssueClosing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.github.connection import GitHubConnection
    from reconciler.github.payload import Issue

ISSUE_LIMIT = 65_000
"""Bytes of an issue's text besides its marker; GitHub takes 65,536 characters."""
_MARKER = re.compile(r"\A<!-- reconcile drift=([0-9a-f]{16}) -->\n")
_NODES = 100
"""Names that one request in GraphQL may ask about: GitHub's maximum."""
_WHOSE = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Issue { viewerDidAuthor } } }"


class Fate(Enum):
    """What became of the issue."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DriftIssue:
    """What the issue is about, and what it has to say; another night's of the same has the same marker."""

    file: str
    scope: tuple[str, ...]
    """What was looked at and what not, such as `-e production` and `--ignore DD_*`; nothing where it was everything."""
    title: str
    text: str
    """Markdown, within `ISSUE_LIMIT`."""

    @property
    def marker(self) -> str:
        """The first line, which says to us what the issue is about and shows to nobody."""
        about = hashlib.sha256(json.dumps([self.file, sorted(self.scope)]).encode()).hexdigest()[:16]
        return f"<!-- reconcile drift={about} -->\n"


async def tell_drift(github: GitHubConnection, drift: DriftIssue, *, is_there: bool) -> tuple[Fate, str | None]:
    """Open the issue or update the open one where there is drift; close all of ours where there is none.

    Returns what became of it and its address. Raises `GitHubError`; an issue is never there twice because an answer
    was lost. One that a person closed stays closed, and drift that is still there opens a new one.
    """
    body = IssueBody(title=drift.title, body=drift.marker + drift.text)
    closing = IssueClosing(body=drift.marker + drift.text)
    ours = await _own_issues(github, drift.marker)
    if not is_there:
        for issue in ours:
            await github.write(UPDATE_ISSUE, issue.number, body=closing, shape=ISSUE)
        return (Fate.CLOSED, ours[0].html_url) if ours else (Fate.NONE, None)
    if ours:
        oldest, *doubles = ours
        updated = await github.write(UPDATE_ISSUE, oldest.number, body=body, shape=ISSUE)
        for issue in doubles:
            await github.write(UPDATE_ISSUE, issue.number, body=closing, shape=ISSUE)
        return Fate.UPDATED, updated.html_url

    async def find() -> Issue | None:
        return next(iter(await _own_issues(github, drift.marker)), None)

    opened = await github.create(CREATE_ISSUE, body=body, shape=ISSUE, find=find)
    return Fate.OPENED, opened.html_url


async def _own_issues(github: GitHubConnection, marker: str) -> Sequence[Issue]:
    """Return the open issues with a marker that this token's owner wrote, oldest first; anybody can write a marker."""
    listed = await github.read_pages(LIST_ISSUES, shape=ISSUES)
    marked = [each for each in listed if each.pull_request is None and _marker_of(each.body) == marker]
    ours: list[Issue] = []
    for start in range(0, len(marked), _NODES):
        asked = marked[start : start + _NODES]
        answer = await github.ask(GRAPHQL_ISSUES, _WHOSE, {"ids": [each.node_id for each in asked]}, ISSUE_AUTHORS)
        if len(answer.nodes) != len(asked):
            raise GitHubError("GitHub did not say of every issue who wrote it", remedy="run this again")
        pairs = zip(asked, answer.nodes, strict=True)
        ours += [each for each, node in pairs if node is not None and node.viewer_did_author]
    return sorted(ours, key=lambda each: each.number)


def _marker_of(body: str | None) -> str | None:
    match = _MARKER.match((body or "").replace("\r\n", "\n"))
    return match[0] if match else None
