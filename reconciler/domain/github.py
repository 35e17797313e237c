"""What GitHub says about who did what: workflow runs, pull requests, commits, and the verdicts that people gave.

Field by field from GitHub's REST API (https://docs.github.com/en/rest), reduced to what an approval is judged by.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from reconciler.domain.plan import WorkflowRun


@dataclass(frozen=True, slots=True)
class Account:
    """A user of GitHub; a login can be changed and given to somebody else later, the id cannot."""

    login: str
    id: int

    def is_same_as(self, other: Account) -> bool:
        """Tell whether two answers mean one account; GitHub's logins do not depend on capitals."""
        return self.id == other.id or self.login.casefold() == other.login.casefold()


@dataclass(frozen=True, slots=True)
class Job:
    """Where a command runs, by what a job of Actions is told of itself; it decides what GitHub is asked about."""

    repository: str
    run: WorkflowRun | None = None
    """Nothing outside of Actions."""
    pushed_after: str | None = None
    """The commit that the branch was at before the push that began the run."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and who made it, as far as its e-mail addresses lead GitHub to accounts."""

    sha: str
    parents: tuple[str, ...]
    author: Account | None
    committer: Account | None
    message: str


@dataclass(frozen=True, slots=True)
class WorkflowRunRecord:
    """One run of a workflow in GitHub's Actions."""

    id: int
    attempt: int
    event: str
    head_sha: str
    """The commit that it is for; of a pull request its head, not the merge that is checked out."""
    created_at: datetime
    actor: Account | None
    triggering_actor: Account | None


class Verdict(StrEnum):
    """What a reviewer of an environment or a pull request decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    """Also: changes requested."""
    DISMISSED = "dismissed"
    OTHER = "other"
    """Comments, what is pending, and whatever GitHub introduces later."""


@dataclass(frozen=True, slots=True)
class DeploymentReview:
    """What somebody decided about jobs of a run that wait for environments; GitHub does not say when."""

    by: Account | None
    environments: tuple[str, ...]
    verdict: Verdict
    comment: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request: who opened it, and where it stands."""

    number: int
    opened_by: Account | None
    head_sha: str
    commit_count: int


@dataclass(frozen=True, slots=True)
class Review:
    """A submitted review of a pull request."""

    id: int
    by: Account | None
    verdict: Verdict
    commit: str | None
    """The commit that was looked at."""
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanComment:
    """A comment by which this program's own account shows a plan in a pull request."""

    digest: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Authors:
    """Who is behind a plan: accounts, other names such as e-mail addresses, and why that may not be all."""

    accounts: tuple[Account, ...] = ()
    names: tuple[str, ...] = ()
    unknown: str | None = None
    """Why somebody is missing here, who could be anybody."""

    def and_those_of(self, others: Iterable[Authors]) -> Authors:
        """Return these and others together."""
        together = (self, *others)
        return Authors(
            tuple(dict.fromkeys(account for one in together for account in one.accounts)),
            tuple(dict.fromkeys(name for one in together for name in one.names)),
            next((one.unknown for one in together if one.unknown), None),
        )
