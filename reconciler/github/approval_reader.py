"""Reads from GitHub what approvals are judged by, anew each time it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.github import PlanComment
from reconciler.errors import GitHubError
from reconciler.github.approval_payload import (
    COMMIT,
    COMMITS,
    COMPARISON,
    ENVIRONMENT_REVIEWS,
    NUMBERED,
    REVIEWED_PULL,
    REVIEWS,
    RUN,
    WRITTEN,
)
from reconciler.github.comments import NODES, Marker
from reconciler.github.endpoints import (
    COMPARE_COMMITS,
    GET_COMMIT,
    GET_PULL,
    GET_RUN,
    GRAPHQL_WRITTEN,
    LIST_COMMENTS,
    LIST_COMMITS_OF_PULL,
    LIST_PULLS_OF_COMMIT,
    LIST_REVIEWS,
    LIST_RUN_APPROVALS,
)
from reconciler.github.payload import COMMENTS

if TYPE_CHECKING:
    from reconciler.domain.github import (
        Commit,
        DeploymentReview,
        PullRequest,
        Review,
        WorkflowRunRecord,
    )
    from reconciler.github.connection import GitHubConnection

_NO_COMMIT = "0" * 40
"""What an event names as the commit before a branch was there."""
_WHO_WROTE = """
query($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on IssueComment { viewerDidAuthor isMinimized author { login } editor { login } }
  }
}
"""


class ApprovalReader:
    """One connection's answers; its protocol is `GitHubReader`."""

    def __init__(self, connection: GitHubConnection) -> None:
        self._connection = connection

    async def run(self, run_id: int) -> WorkflowRunRecord:
        """Read a workflow run."""
        return (await self._connection.read(GET_RUN, run_id, shape=RUN)).record()

    async def deployment_reviews(self, run_id: int) -> list[DeploymentReview]:
        """Read what reviewers of environments decided in a run."""
        found = await self._connection.read(LIST_RUN_APPROVALS, run_id, shape=ENVIRONMENT_REVIEWS)
        return [each.decision() for each in found]

    async def commit(self, sha: str) -> Commit:
        """Read a commit."""
        return (await self._connection.read(GET_COMMIT, sha, shape=COMMIT)).made()

    async def commits_after(self, base: str, head: str) -> list[Commit] | None:
        """Read the commits that a head has and a base has not; nothing where GitHub does not list them all."""
        if base == _NO_COMMIT:
            return None
        found = await self._connection.read(COMPARE_COMMITS, base, head, shape=COMPARISON)
        if len(found.commits) != found.total_commits:
            return None
        return [each.made() for each in found.commits]

    async def pull_requests_of(self, sha: str) -> list[int]:
        """Read the numbers of the pull requests that a commit is a part of, or that brought it."""
        found = await self._connection.read_pages(LIST_PULLS_OF_COMMIT, sha, shape=NUMBERED)
        return [each.number for each in found]

    async def pull_request(self, number: int) -> PullRequest:
        """Read a pull request."""
        return (await self._connection.read(GET_PULL, number, shape=REVIEWED_PULL)).proposed()

    async def commits_of(self, number: int) -> list[Commit]:
        """Read the commits of a pull request, of which GitHub lists 250 at most."""
        found = await self._connection.read_pages(LIST_COMMITS_OF_PULL, number, shape=COMMITS)
        return [each.made() for each in found]

    async def reviews(self, number: int) -> list[Review]:
        """Read the reviews of a pull request."""
        found = await self._connection.read_pages(LIST_REVIEWS, number, shape=REVIEWS)
        return [each.verdict() for each in found]

    async def plan_comments(self, number: int) -> list[PlanComment]:
        """Read the comments of a pull request that this token's owner wrote to show a plan.

        Anybody can write a marker, and whoever may write to the repository can edit a comment, so both are GitHub's
        word: who wrote it, and that nobody else edited it last. One that was folded away shows nothing.
        """
        listed = await self._connection.read_pages(LIST_COMMENTS, number, shape=COMMENTS)
        marked = [
            (each, marker.digest)
            for each in listed
            if (marker := Marker.of(each.body)) is not None and marker.digest is not None
        ]
        found: list[PlanComment] = []
        for start in range(0, len(marked), NODES):
            asked = marked[start : start + NODES]
            names = [comment.node_id for comment, _ in asked]
            answer = await self._connection.ask(GRAPHQL_WRITTEN, _WHO_WROTE, {"ids": names}, WRITTEN)
            if len(answer.nodes) != len(asked):
                raise GitHubError("GitHub did not say of every comment who wrote it", remedy="run this again")
            found += [
                PlanComment(digest, comment.updated_at)
                for (comment, digest), node in zip(asked, answer.nodes, strict=True)
                if node is not None and node.is_our_word
            ]
        return found
