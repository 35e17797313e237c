"""Ask GitHub what people decided about a plan: at `approve`, and all of it anew at `apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.domain.approval import ReviewApproval, RunApproval
from reconciler.domain.github import Authors
from reconciler.errors import ApprovalError, GitHubError
from reconciler.planning.github_reviews import (
    Conversation,
    require_made_in_run,
    require_newest,
    review_votes,
)
from reconciler.planning.github_run import (
    require_commit,
    require_this_repository,
    require_this_run,
    require_trial_merge,
    run_votes,
)
from reconciler.planning.vote import Unheard, authors_among, authors_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.approval import GitHubApproval
    from reconciler.domain.github import Job, PullRequest, WorkflowRunRecord
    from reconciler.domain.plan import Plan, WorkflowRun
    from reconciler.planning.vote import Vote
    from reconciler.ports import GitHubReader

PUSH, PULL_REQUEST = "push", "pull_request"
"""Events, of which the latter begins the names of several."""
MOST_PLACES = 20
"""How many places are asked, so that no file can use up what GitHub allows to be asked in an hour."""


async def votes_of(
    places: Sequence[GitHubApproval], plan: Plan, job: Job, github: GitHubReader
) -> list[Vote | Unheard]:
    """Return what was decided at each place, or why nothing there can count; never raises for what GitHub says."""
    found: list[Vote | Unheard] = []
    for number, place in enumerate(dict.fromkeys(places)):
        if number == MOST_PLACES:
            found.append(Unheard("and more places", f"only {MOST_PLACES} are asked"))
            break
        try:
            match place:
                case RunApproval():
                    votes = await _in_run(place, plan, job, github)
                case ReviewApproval():
                    votes = await _in_reviews(place, plan, job, github)
                case _:
                    assert_never(place)
        except (ApprovalError, GitHubError) as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            found.append(Unheard(str(place), error.message + remedy))
        else:
            found += votes or [Unheard(str(place), "nobody decided anything there")]
    return found


def this_run(job: Job) -> RunApproval:
    """Return the run that a command is in as the place to ask; raises `ApprovalError` where it is in none."""
    if job.run is None:
        raise ApprovalError(
            "this command is in no run of GitHub's Actions, and approvals of a run count only within it",
            remedy="run it in a job of the workflow, after the job that waits for the environment's reviewers",
        )
    return RunApproval(job.repository, job.run.id)


async def reviewed_in(plan: Plan, job: Job, github: GitHubReader) -> list[ReviewApproval]:
    """Return the pull requests whose newest commit a plan was made for.

    Raises `ApprovalError` where the plan was not made in a workflow run, or of no pull request; and `GitHubError`.
    """
    made_in = require_made_in_run(plan, job.repository)
    run = await github.run(made_in.id)
    proposed = [await github.pull_request(number) for number in await github.pull_requests_of(run.head_sha)]
    found = [each for each in proposed if each.head_sha == run.head_sha]
    if not found:
        raise ApprovalError(
            f"the plan was made for commit {run.head_sha[:12]}, which is the newest one of no pull request",
            remedy="make the plan in a run for the pull request",
        )
    return [ReviewApproval(job.repository, each.number) for each in found]


async def _in_run(place: RunApproval, plan: Plan, job: Job, github: GitHubReader) -> list[Vote]:
    made_in = require_this_run(place, plan, job)
    run = await _made_in(made_in, plan, github)
    reviews = await github.deployment_reviews(place.run_id)
    return run_votes(place, plan, run, reviews, await _authors_of_run(run, job, github))


async def _in_reviews(place: ReviewApproval, plan: Plan, job: Job, github: GitHubReader) -> list[Vote]:
    require_this_repository(place.repository, job.repository)
    run = await _made_in(require_made_in_run(plan, job.repository), plan, github)
    pull_request = await github.pull_request(place.pull_request)
    require_newest(run, pull_request)
    conversation = Conversation(
        pull_request,
        tuple(await github.reviews(place.pull_request)),
        tuple(await github.plan_comments(place.pull_request)),
    )
    authors = _actors(run).and_those_of([await _authors_of_pull_request(pull_request, github)])
    return review_votes(place, plan, conversation, authors)


async def _made_in(made_in: WorkflowRun, plan: Plan, github: GitHubReader) -> WorkflowRunRecord:
    """Return what GitHub says of the run that a plan was made in; refuse a plan of another commit than the run's."""
    commit = require_commit(plan)
    run = await github.run(made_in.id)
    if commit != run.head_sha:
        require_trial_merge(await github.commit(commit), run.head_sha)
    return run


async def _authors_of_run(run: WorkflowRunRecord, job: Job, github: GitHubReader) -> Authors:
    """Return who began a run, and who made what it is for: its commits, and those of the pull requests they are of."""
    proposed = [
        await _authors_of_pull_request(await github.pull_request(number), github)
        for number in await github.pull_requests_of(run.head_sha)
    ]
    if run.event == PUSH:
        pushed = None if job.pushed_after is None else await github.commits_after(job.pushed_after, run.head_sha)
        unlisted = Authors(unknown="GitHub does not list all commits of the push")
        commits = unlisted if pushed is None else authors_of(pushed)
    else:
        head = await github.commit(run.head_sha)
        commits = authors_of([head])
        if not proposed and (run.event.startswith(PULL_REQUEST) or len(head.parents) > 1):
            commits = Authors(unknown=f"GitHub names no pull request of commit {head.sha[:12]}")
    return _actors(run).and_those_of([commits, *proposed])


async def _authors_of_pull_request(pull_request: PullRequest, github: GitHubReader) -> Authors:
    commits = await github.commits_of(pull_request.number)
    all_of_them = Authors()
    if len(commits) != pull_request.commit_count:
        told = f"GitHub lists {len(commits)} of the {pull_request.commit_count} commits of pull request"
        all_of_them = Authors(unknown=f"{told} {pull_request.number}")
    opened = authors_among(pull_request.opened_by, what=f"opened pull request {pull_request.number}")
    return opened.and_those_of([authors_of(commits), all_of_them])


def _actors(run: WorkflowRunRecord) -> Authors:
    return authors_among(run.actor, run.triggering_actor, what=f"began run {run.id}")
