"""What approvals are judged by is asked for, and read, as GitHub's own description of its API has it."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

from reconciler.domain.approval import ReviewApproval, RunApproval
from reconciler.domain.github import Job
from reconciler.github import ActionsEnvironment, ApprovalReader, GitHubConnection, github_token
from reconciler.planning.vote import Vote
from reconciler.workflows.github_votes import votes_of
from tests.github.prism import example, validated
from tests.github.reviewed import BASE, DEVELOPER, HEAD, MERGE, PULL, REVIEWER, RUN, reviewed_github
from tests.github.stand_in import REPOSITORY
from tests.github.test_votes import DIGEST, PLAN, THIS_RUN
from tests.render_api.stage import FakeClock

if TYPE_CHECKING:
    from reconciler.planning.vote import Unheard
    from tests.github.reviewed import ReviewedGitHub


def test_every_request_and_answer_is_as_described() -> None:
    async def story(environment: ActionsEnvironment) -> list[Vote | Unheard]:
        token = github_token(state.environ)
        job = Job(REPOSITORY, THIS_RUN, BASE)
        async with GitHubConnection(environment, token, clock=FakeClock()) as connection:
            reader = ApprovalReader(connection)
            plan = dataclasses.replace(PLAN, commit=MERGE)
            in_run = await votes_of([RunApproval(REPOSITORY, RUN)], plan, job, reader)
            state.runs[RUN]["head_sha"] = HEAD
            return in_run + await votes_of([ReviewApproval(REPOSITORY, PULL)], PLAN, job, reader)

    with reviewed_github() as state, validated(state.url) as url:
        state.show(DIGEST)
        state.approve(DIGEST)
        state.review()
        complete(state)
        environment = dataclasses.replace(ActionsEnvironment.read(state.environ), api_url=url)
        found = asyncio.run(story(environment))

    assert [(one.identity, one.fault) for one in found] == [(f"{REVIEWER} on GitHub", None)] * 2
    assert all(isinstance(one, Vote) and one.authors.unknown is None for one in found)
    assert {account.login for one in found if isinstance(one, Vote) for account in one.authors.accounts} == {DEVELOPER}


def complete(state: ReviewedGitHub) -> None:
    """Give the stand-in's answers every other member that GitHub's examples have."""
    run, (review,), (verdict, *_) = (
        example("workflow-run"),
        example("environment-approvals-items"),
        example("pull-request-review-items"),
    )
    (commit, *_), pull = example("commit-items"), example("pull-request")
    state.runs[RUN] = filled(run, state.runs[RUN])
    state.approvals = [filled(review, each) for each in state.approvals]
    state.reviews = [filled(verdict, each) for each in state.reviews]
    state.commits = {sha: filled(commit, each) for sha, each in state.commits.items()}
    head = pull["head"] | {"sha": HEAD}
    # GitHub's own example of a team lacks what its description demands.
    state.pulls[PULL] = filled(pull, state.pulls[PULL] | {"head": head, "requested_teams": []})


def filled(whole: Any, ours: Any) -> Any:  # noqa: ANN401 — JSON
    """Return ours, with what it lacks taken from a whole one."""
    match whole, ours:
        case dict(), dict():
            return whole | {name: filled(whole.get(name), each) for name, each in ours.items()}
        case [first, *_], list():
            return [filled(first, each) for each in ours]
        case _:
            return ours
