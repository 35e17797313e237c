"""Judge what GitHub says of a workflow run: which decisions of its environments' reviewers are about this plan.

GitHub knows who decided, about which environments, with which comment; not when, and no digest. So the plan has to be
of this very run, the run in its first attempt, because a later one could use decisions of an earlier one again, and
the comment has to name the plan by its digest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.domain.github import Verdict
from reconciler.errors import ApprovalError
from reconciler.planning.vote import Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.domain.approval import RunApproval
    from reconciler.domain.github import Authors, Commit, DeploymentReview, Job, WorkflowRunRecord
    from reconciler.domain.plan import Plan, WorkflowRun

NAMED_BY = 12
"""Characters of a digest that name a plan."""
FIRST_ATTEMPT = 1
_HEXADECIMAL = re.compile(r"[0-9a-f]+")
MERGED = 2
"""Parents of the commit that GitHub makes to try a merge: the branch it goes to, and the pull request's head."""
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_AGAIN = "plan, approve and apply in one new run"


def require_this_run(place: RunApproval, plan: Plan, job: Job) -> WorkflowRun:
    """Return the run that this command is in; refuse another one, and a plan of another one.

    Raises `ApprovalError`. It is asked before GitHub is: neither the approvals file nor the plan file decides which
    run and repository have a say.
    """
    require_this_repository(place.repository, job.repository)
    now_in = job.run
    if now_in is None:
        raise ApprovalError("its approvals count only within the run itself, and this command is in none")
    if place.run_id != now_in.id:
        raise ApprovalError(f"this is run {now_in.id}; {_AGAIN}")
    _require_first(now_in.attempt)
    made_in = plan.workflow_run
    if made_in is None:
        raise ApprovalError(f"the plan was not made in a workflow run; {_AGAIN}")
    require_this_repository(made_in.repository, job.repository)
    if made_in.id != now_in.id:
        raise ApprovalError(f"the plan was made in run {made_in.id}; {_AGAIN}")
    _require_first(made_in.attempt)
    return now_in


def require_this_repository(named: str, here: str) -> None:
    """Refuse what is about another repository than GITHUB_REPOSITORY; raises `ApprovalError`."""
    if named.casefold() != here.casefold():
        raise ApprovalError(f"it is about the repository {named}, and this command is about {here}")


def require_commit(plan: Plan) -> str:
    """Return the commit that a plan says it was made from; raises `ApprovalError` where it names none."""
    if plan.commit is None or not _HASH.fullmatch(plan.commit):
        raise ApprovalError("the plan does not name the commit that it was made from")
    return plan.commit


def require_trial_merge(made_from: Commit, head: str) -> None:
    """Refuse a plan of a commit that is neither a run's nor GitHub's trial merge of it; raises `ApprovalError`.

    Who made another one was not asked, and the reviewers did not see it.
    """
    if len(made_from.parents) != MERGED or made_from.parents[1] != head:
        raise ApprovalError(f"the plan was made from commit {made_from.sha[:12]}, which is not {head[:12]}, the run's")


def run_votes(
    place: RunApproval,
    plan: Plan,
    run: WorkflowRunRecord,
    reviews: Sequence[DeploymentReview],
    authors: Authors,
) -> list[Vote]:
    """Return the decisions in a run, each with what keeps it from being an approval of this plan.

    `authors` is everybody who is behind the run, its actors included. Raises `ApprovalError` for a run that is not in
    its first attempt.
    """
    _require_first(run.attempt)
    return [
        Vote(
            review.by,
            str(place),
            run.created_at,
            authors,
            frozenset(name.casefold() for name in review.environments),
            _fault(review, plan, reviews),
        )
        for review in reviews
        if review.by is not None
    ]


def _require_first(attempt: int) -> None:
    if attempt != FIRST_ATTEMPT:
        raise ApprovalError(
            f"it is in attempt {attempt}, where an approval of an earlier attempt could be used again; {_AGAIN}"
        )


def _fault(review: DeploymentReview, plan: Plan, reviews: Iterable[DeploymentReview]) -> str | None:
    if review.verdict is Verdict.REJECTED:
        return "they rejected it"
    if review.verdict is not Verdict.APPROVED:
        return "it is no approval"
    if not names_digest(review.comment, plan.digest):
        return f"its comment does not have the plan's digest, {plan.digest[:NAMED_BY]}"
    about = {name.casefold() for name in review.environments}
    for other in reviews:
        # Without a time, it is not known which of the two came last.
        is_same = review.by is not None and other.by is not None and review.by.is_same_as(other.by)
        if is_same and other.verdict is Verdict.REJECTED and about & {name.casefold() for name in other.environments}:
            return "they also rejected it in this run"
    return None


def names_digest(comment: str, digest: str) -> bool:
    """Tell whether a comment has the first twelve characters of a digest or more; what more it has must be right."""
    words: list[str] = _HEXADECIMAL.findall(comment.casefold())
    return any(len(word) >= NAMED_BY and digest.startswith(word) for word in words)
