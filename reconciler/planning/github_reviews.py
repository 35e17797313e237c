"""Judge what GitHub says of a pull request: which of its reviews are about this plan.

A review knows its commit and its moment, and no plan. So the plan has to be of that commit, by the run that it was made
in, and to have been shown in the pull request, unchanged since, before the review was submitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.github import Verdict
from reconciler.errors import ApprovalError
from reconciler.planning.github_run import require_this_repository
from reconciler.planning.vote import Vote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.domain.approval import ReviewApproval
    from reconciler.domain.github import Authors, PlanComment, PullRequest, Review, WorkflowRunRecord
    from reconciler.domain.plan import Plan, WorkflowRun

_DECISIONS = frozenset({Verdict.APPROVED, Verdict.REJECTED, Verdict.DISMISSED})


@dataclass(frozen=True, slots=True)
class Conversation:
    """What GitHub says of a pull request."""

    pull_request: PullRequest
    reviews: tuple[Review, ...]
    comments: tuple[PlanComment, ...]


def require_made_in_run(plan: Plan, repository: str) -> WorkflowRun:
    """Return the run that a plan was made in; refuse a plan that was made in none, or for another repository.

    Raises `ApprovalError`. It is asked before GitHub is.
    """
    if plan.workflow_run is None:
        raise ApprovalError("the plan was not made in a workflow run, so GitHub cannot say of which commit it is")
    require_this_repository(plan.workflow_run.repository, repository)
    return plan.workflow_run


def require_newest(run: WorkflowRunRecord, pull_request: PullRequest) -> None:
    """Refuse a plan whose run is not for a pull request's newest commit; raises `ApprovalError`."""
    if run.head_sha != pull_request.head_sha:
        raise ApprovalError(
            f"the plan was made for commit {run.head_sha[:12]}, and the pull request is at "
            f"{pull_request.head_sha[:12]}; have a plan made for that, and reviewed"
        )


def review_votes(place: ReviewApproval, plan: Plan, conversation: Conversation, authors: Authors) -> list[Vote]:
    """Return the reviews of a pull request, each with what keeps it from being an approval of this plan.

    `authors` is everybody who is behind the plan and the pull request. Raises `ApprovalError` where the plan is not
    shown there.
    """
    shown = [comment.updated_at for comment in conversation.comments if comment.digest == plan.digest]
    if not shown:
        raise ApprovalError("no comment of this program shows the plan there now, so no review can be about it")
    return [
        Vote(
            review.by,
            str(place),
            review.submitted_at,
            authors,
            None,
            _fault(review, conversation, min(shown)),
        )
        for review in conversation.reviews
        if review.by is not None and review.submitted_at is not None and review.verdict in _DECISIONS
    ]


def _fault(review: Review, conversation: Conversation, shown_since: datetime) -> str | None:
    if review.verdict is Verdict.DISMISSED:
        return "the review was dismissed"
    if review.verdict is not Verdict.APPROVED:
        return "they requested changes"
    if review.commit != conversation.pull_request.head_sha:
        seen = "no commit that is known" if review.commit is None else f"commit {review.commit[:12]}"
        return f"the review is of {seen}, not of the plan's"
    # GitHub tells both to the second.
    if review.submitted_at is None or review.submitted_at <= shown_since:
        return f"the review came before the plan was shown, at {shown_since:%Y-%m-%d %H:%M:%S} UTC"
    if _is_taken_back(review, conversation.reviews):
        return "they decided otherwise since"
    return None


def _is_taken_back(review: Review, reviews: Sequence[Review]) -> bool:
    """Tell whether the same person decided anew; a mere comment decides nothing, on GitHub as here."""
    return any(
        other.verdict in _DECISIONS - {Verdict.APPROVED}
        and other.by is not None
        and review.by is not None
        and other.by.is_same_as(review.by)
        and (other.submitted_at is None or review.submitted_at is None or _order(other) > _order(review))
        for other in reviews
    )


def _order(review: Review) -> tuple[float, int]:
    return (review.submitted_at.timestamp() if review.submitted_at else 0.0, review.id)
