"""What comes back about runs, pull requests, reviews and commits, as far as an approval is judged by it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, TypeAdapter

from reconciler.domain import github as said
from reconciler.github.payload import Account, Received

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]

GHOST = 10137
"""The id of https://github.com/ghost, which GitHub puts in place of every account that was deleted."""
_RUN_VERDICTS = {"approved": said.Verdict.APPROVED, "rejected": said.Verdict.REJECTED}
_REVIEW_VERDICTS = {
    "APPROVED": said.Verdict.APPROVED,
    "CHANGES_REQUESTED": said.Verdict.REJECTED,
    "DISMISSED": said.Verdict.DISMISSED,
}


class Run(Received):
    """A workflow run."""

    id: int
    run_attempt: int
    event: str
    head_sha: Sha
    created_at: AwareDatetime
    actor: Account | None = None
    triggering_actor: Account | None = None

    def record(self) -> said.WorkflowRunRecord:
        """Return it as the core knows it."""
        return said.WorkflowRunRecord(
            self.id,
            self.run_attempt,
            self.event,
            self.head_sha,
            self.created_at,
            account(self.actor),
            account(self.triggering_actor),
        )


class Named(Received):
    """A GitHub environment."""

    name: str


class EnvironmentReview(Received):
    """What somebody decided about jobs that wait for environments."""

    environments: list[Named]
    state: str
    user: Account | None
    comment: str | None

    def decision(self) -> said.DeploymentReview:
        """Return it as the core knows it."""
        return said.DeploymentReview(
            account(self.user),
            tuple(each.name for each in self.environments),
            _RUN_VERDICTS.get(self.state, said.Verdict.OTHER),
            self.comment or "",
        )


class Parent(Received):
    """A commit that another one follows."""

    sha: Sha


class CommitText(Received):
    """What a commit says."""

    message: str


class Commit(Received):
    """A commit; an account is missing where GitHub knows none by the e-mail address, and is then null or empty."""

    sha: Sha
    parents: list[Parent]
    commit: CommitText
    author: Account | dict[str, object] | None
    committer: Account | dict[str, object] | None

    def made(self) -> said.Commit:
        """Return it as the core knows it."""
        author, committer = (each if isinstance(each, Account) else None for each in (self.author, self.committer))
        return said.Commit(
            self.sha,
            tuple(parent.sha for parent in self.parents),
            account(author),
            account(committer),
            self.commit.message,
        )


class Comparison(Received):
    """What one commit has and another one has not."""

    total_commits: int
    commits: list[Commit]


class Numbered(Received):
    """A pull request in a list."""

    number: int


class ReviewedHead(Received):
    """The end of a pull request's branch."""

    sha: Sha


class ReviewedPull(Received):
    """A pull request by itself."""

    number: int
    user: Account | None
    head: ReviewedHead
    commits: int

    def proposed(self) -> said.PullRequest:
        """Return it as the core knows it."""
        return said.PullRequest(self.number, account(self.user), self.head.sha, self.commits)


class Review(Received):
    """A review of a pull request."""

    id: int
    user: Account | None
    state: str
    commit_id: str | None
    submitted_at: AwareDatetime | None = None
    """Nothing while it is not submitted."""

    def verdict(self) -> said.Review:
        """Return it as the core knows it."""
        verdict = _REVIEW_VERDICTS.get(self.state, said.Verdict.OTHER)
        return said.Review(self.id, account(self.user), verdict, self.commit_id, self.submitted_at)


class Login(Received):
    """Somebody, by a name that GraphQL does not spell as REST does where it is an app's."""

    login: str


class Writing(Received):
    """Who wrote a comment and who edited it last."""

    viewer_did_author: Annotated[bool, Field(alias="viewerDidAuthor")]
    is_minimized: Annotated[bool, Field(alias="isMinimized")]
    author: Login | None
    editor: Login | None
    """Nothing for one that was never edited."""

    @property
    def is_our_word(self) -> bool:
        """Whether what it says now was said by this token's owner, and shows."""
        return self.viewer_did_author and not self.is_minimized and self.editor in {None, self.author}


class Writings(Received):
    """An answer about comments, in the order asked for; nothing stands for one that is gone."""

    nodes: list[Writing | None]


def account(user: Account | None) -> said.Account | None:
    """Return an account as the core knows it; nobody for the one that stands for all that were deleted."""
    return None if user is None or user.id == GHOST else said.Account(user.login, user.id)


RUN = TypeAdapter(Run)
ENVIRONMENT_REVIEWS = TypeAdapter(list[EnvironmentReview])
COMMIT = TypeAdapter(Commit)
COMMITS = TypeAdapter(list[Commit])
COMPARISON = TypeAdapter(Comparison)
NUMBERED = TypeAdapter(list[Numbered])
REVIEWED_PULL = TypeAdapter(ReviewedPull)
REVIEWS = TypeAdapter(list[Review])
WRITTEN = TypeAdapter(Writings)
