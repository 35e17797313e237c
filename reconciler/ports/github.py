"""What judging an approval needs of GitHub: to read, in the one repository that the command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.github import (
        Commit,
        DeploymentReview,
        PlanComment,
        PullRequest,
        Review,
        WorkflowRunRecord,
    )


class GitHubReader(Protocol):
    """Asks GitHub anew each time; every method raises `GitHubError` where the answer cannot be had or used."""

    async def run(self, run_id: int) -> WorkflowRunRecord:
        """Read a workflow run."""
        ...

    async def deployment_reviews(self, run_id: int) -> Sequence[DeploymentReview]:
        """Read what reviewers of environments decided in a run."""
        ...

    async def commit(self, sha: str) -> Commit:
        """Read a commit."""
        ...

    async def commits_after(self, base: str, head: str) -> Sequence[Commit] | None:
        """Read the commits that a head has and a base has not; nothing where GitHub does not list them all."""
        ...

    async def pull_requests_of(self, sha: str) -> Sequence[int]:
        """Read the numbers of the pull requests that a commit is a part of, or that brought it."""
        ...

    async def pull_request(self, number: int) -> PullRequest:
        """Read a pull request."""
        ...

    async def commits_of(self, number: int) -> Sequence[Commit]:
        """Read the commits of a pull request, of which GitHub lists 250 at most."""
        ...

    async def reviews(self, number: int) -> Sequence[Review]:
        """Read the reviews of a pull request."""
        ...

    async def plan_comments(self, number: int) -> Sequence[PlanComment]:
        """Read the comments of a pull request that this program's own account wrote to show a plan."""
        ...
