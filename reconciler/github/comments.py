"""The sticky comment: one for each target on a pull request, known by a hidden marker and by who wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import GitHubError
from reconciler.github.endpoints import (
    CREATE_COMMENT,
    GRAPHQL_MINIMIZE,
    GRAPHQL_READ,
    LIST_COMMENTS,
    LIST_PULLS_OF_COMMIT,
    UPDATE_COMMENT,
)
from reconciler.github.payload import ANYTHING, AUTHORSHIPS, COMMENT, COMMENTS, PULLS, CommentBody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.github.connection import GitHubConnection
    from reconciler.github.payload import Comment, Pull

_MARKER = re.compile(r"\A<!-- reconcile target=([0-9a-f]{16})(?: digest=([0-9a-f]{64}))? -->\n")
NODES = 100
"""Names that one request in GraphQL may ask about: GitHub's maximum."""
_WHOSE = """
query($ids: [ID!]!) { nodes(ids: $ids) { ... on IssueComment { viewerDidAuthor isMinimized } } }
"""
_MINIMIZE = """
mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } }
}
"""


@dataclass(frozen=True, slots=True)
class Marker:
    """What the first line of a comment says to us and shows to nobody."""

    target: str
    """What the comment is about, as 16 hexadecimal digits; another plan of the same has the same."""
    digest: str | None = None
    """The digest of the plan that it shows; nothing where it shows none, so that no review can be about one."""

    def __str__(self) -> str:
        shown = f" digest={self.digest}" if self.digest else ""
        return f"<!-- reconcile target={self.target}{shown} -->\n"

    @classmethod
    def of(cls, body: str | None) -> Marker | None:
        """Return the marker that a comment begins with, if it does."""
        match = _MARKER.match((body or "").replace("\r\n", "\n"))
        return None if match is None else cls(match[1], match[2])


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a comment."""

    url: str
    is_new: bool
    folded: int
    """How many older ones of ours were folded away."""


async def post_comment(github: GitHubConnection, pull_request: int, marker: Marker, text: str) -> Posted:
    """Put a text into our comment for a target, or into a new one, and fold away all others of ours for it.

    Raises `GitHubError`; a comment is never there twice because an answer was lost.
    """
    body = CommentBody(body=f"{marker}{text}")

    async def update(ours: Sequence[Comment]) -> Comment:
        return await github.write(UPDATE_COMMENT, ours[-1].id, body=body, shape=COMMENT)

    async def find() -> Comment | None:
        made = await own_comments(github, pull_request, marker.target)
        return await update(made) if made else None

    ours = await own_comments(github, pull_request, marker.target)
    if ours:
        comment = await update(ours)
    else:
        comment = await github.create(CREATE_COMMENT, pull_request, body=body, shape=COMMENT, find=find)
    for older in ours[:-1]:
        await github.ask(GRAPHQL_MINIMIZE, _MINIMIZE, {"id": older.node_id}, ANYTHING)
    return Posted(comment.html_url, not ours, len(ours[:-1]))


async def own_comments(github: GitHubConnection, pull_request: int, target: str) -> Sequence[Comment]:
    """Return the comments for a target that this token's owner wrote and nobody folded away, oldest first.

    Whether they are our own is GitHub's word, since anybody can write a marker.
    """
    listed = await github.read_pages(LIST_COMMENTS, pull_request, shape=COMMENTS)
    marked = [each for each in listed if (marker := Marker.of(each.body)) is not None and marker.target == target]
    ours: list[Comment] = []
    for start in range(0, len(marked), NODES):
        asked = marked[start : start + NODES]
        answer = await github.ask(GRAPHQL_READ, _WHOSE, {"ids": [each.node_id for each in asked]}, AUTHORSHIPS)
        if len(answer.nodes) != len(asked):
            raise GitHubError("GitHub did not say of every comment who wrote it", remedy="run this again")
        ours += [
            each
            for each, node in zip(asked, answer.nodes, strict=True)
            if node is not None and node.viewer_did_author and not node.is_minimized
        ]
    return sorted(ours, key=lambda each: each.id)


async def pull_of_commit(github: GitHubConnection, sha: str) -> Pull | None:
    """Return the pull request that brought a commit to its branch, else the open one that has it; nothing for neither.

    Raises `GitHubError` where there are several.
    """
    pulls = await github.read_pages(LIST_PULLS_OF_COMMIT, sha, shape=PULLS)
    merged = [pull for pull in pulls if pull.merged_at is not None]
    found = [pull for pull in merged if pull.merge_commit_sha == sha] or merged or pulls
    if len(found) > 1:
        numbers = ", ".join(f"#{pull.number}" for pull in found)
        raise GitHubError(
            f"commit {sha[:12]} is in several pull requests: {numbers}", remedy="name one with --pull-request"
        )
    return found[0] if found else None
