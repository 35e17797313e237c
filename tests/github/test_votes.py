"""Approvals on GitHub, case by case: whatever somebody might pass off as one does not count, and it says why."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import pytest

from reconciler.domain.approval import ReviewApproval, RunApproval, Signer
from reconciler.domain.github import Job
from reconciler.domain.plan import Estimate, Permissions, Plan, PlanKind, Scope, WorkflowRun
from reconciler.domain.state import Environment, EnvironmentKind
from reconciler.domain.value import Secret
from reconciler.errors import ApprovalError, Location
from reconciler.github import ActionsEnvironment, ApprovalReader, GitHubConnection
from reconciler.planning.approvers import ListedApprovers
from reconciler.planning.authorize import authorize
from reconciler.planning.digest import plan_digest
from reconciler.workflows.github_votes import votes_of
from tests.github.reviewed import (
    BASE,
    DEVELOPER,
    HEAD,
    MERGE,
    OTHER,
    PULL,
    REVIEWER,
    RUN,
    TRIAL,
    ReviewedGitHub,
    ago,
    reviewed_github,
    user,
)
from tests.github.stand_in import REPOSITORY
from tests.render_api.stage import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.domain.approval import GitHubApproval

Forge: TypeAlias = "Callable[[Case], object]"

DIGEST = "0123456789ab" + "c" * 52
THIS_RUN = WorkflowRun(REPOSITORY, RUN, 1)
PLAN = Plan(
    plan_id="plan-1",
    kind=PlanKind.APPLY,
    created_at=datetime.now(UTC),
    created_by=DEVELOPER,
    scope=Scope(("production",)),
    permissions=Permissions(),
    config_digest="0" * 64,
    key_id="plan-0",
    targets=(),
    changes=(),
    checks=(),
    undeclared=(),
    deploys=(),
    estimate=Estimate(),
    digest=DIGEST,
    commit=HEAD,
    workflow_run=THIS_RUN,
)
PROTECTED = Environment("production", EnvironmentKind.PRODUCTION, Location("services.yaml", 1, 1), protected=True)


@dataclass
class Case:
    """Everything that a judgement depends on; as it begins, one reviewer has approved in the run."""

    github: ReviewedGitHub
    place: GitHubApproval
    plan: Plan = PLAN
    job: Job = field(default_factory=lambda: Job(REPOSITORY, THIS_RUN, BASE))
    environment: Environment = PROTECTED
    signers: tuple[Signer, ...] = ()
    logins: tuple[str, ...] = (REVIEWER, OTHER, DEVELOPER)

    def approvers(self) -> tuple[str, ...]:
        """Return who approved, or raise `ApprovalError`."""

        async def ask() -> tuple[str, ...]:
            environment = ActionsEnvironment.read(self.github.environ)
            async with GitHubConnection(environment, Secret(self.github.token), clock=FakeClock()) as connection:
                evidence = await votes_of([self.place], self.plan, self.job, ApprovalReader(connection))
            listed = ListedApprovers(self.signers, self.logins)
            return authorize(self.plan, {"production": self.environment}, evidence, listed, datetime.now(UTC)).by

        return asyncio.run(ask())

    def refusal(self) -> str:
        """Return why nobody approved."""
        with pytest.raises(ApprovalError) as caught:
            self.approvers()
        return caught.value.message


@pytest.fixture(scope="module")
def server() -> Iterator[ReviewedGitHub]:
    with reviewed_github() as github:
        yield github


@pytest.fixture
def in_run(server: ReviewedGitHub) -> Case:
    server.set_up()
    server.approve(f"Looks right: {DIGEST[:12]}")
    return Case(server, RunApproval(REPOSITORY, RUN), replace(PLAN, commit=MERGE))


@pytest.fixture
def in_reviews(server: ReviewedGitHub) -> Case:
    server.set_up("pull_request")
    server.show(DIGEST)
    server.review()
    return Case(server, ReviewApproval(REPOSITORY, PULL), job=Job(REPOSITORY, WorkflowRun(REPOSITORY, RUN + 1, 1)))


def test_a_reviewer_of_the_environment_who_names_the_digest_has_approved(in_run: Case) -> None:
    assert in_run.approvers() == (f"{REVIEWER} on GitHub",)
    in_run.github.approvals[0]["comment"] = f"```{DIGEST.upper()}```"
    in_run.logins = (REVIEWER.upper(),)
    assert in_run.approvers() == (f"{REVIEWER} on GitHub",)


def test_the_run_and_the_commit_of_a_plan_are_claims_that_its_digest_does_not_cover() -> None:
    assert plan_digest(PLAN) == plan_digest(replace(PLAN, workflow_run=None, commit=None))


def _comment(case: Case, text: str) -> None:
    case.github.approvals[0]["comment"] = text


def _run(case: Case, **members: object) -> None:
    case.github.runs[RUN].update(members)


def _commit(case: Case, sha: str, **members: object) -> None:
    case.github.commits[sha].update(members)


def _plan(case: Case, **members: object) -> None:
    case.plan = replace(case.plan, **members)  # type: ignore[arg-type]  # members of a plan


def _job(case: Case, **members: object) -> None:
    case.job = replace(case.job, **members)  # type: ignore[arg-type]  # members of a job


def _told(case: Case, message: str) -> None:
    case.github.commits[HEAD]["commit"]["message"] = message


def _tie(case: Case, *names: str) -> None:
    case.signers = (Signer(names, "SHA256:one"),)


def both(one: Forge, other: Forge) -> Forge:
    """Forge two things."""

    def forge(case: Case) -> None:
        one(case)
        other(case)

    return forge


FORGED_IN_RUN: dict[str, tuple[Forge, str]] = {
    "nobody": (lambda case: case.github.approvals.clear(), "nobody decided anything there"),
    "another environment": (
        lambda case: case.github.approvals[0].update(environments=[{"name": "staging"}]),
        "it is for staging on GitHub, not for production",
    ),
    "rejected": (lambda case: case.github.approvals[0].update(state="rejected"), "they rejected it"),
    "pending": (lambda case: case.github.approvals[0].update(state="pending"), "it is no approval"),
    "rejected as well": (lambda case: case.github.approve("no", state="rejected"), "they also rejected it in this run"),
    "no comment": (lambda case: _comment(case, ""), f"does not have the plan's digest, {DIGEST[:12]}"),
    "null comment": (lambda case: case.github.approvals[0].update(comment=None), "does not have the plan's digest"),
    "eleven characters": (lambda case: _comment(case, DIGEST[:11]), "does not have the plan's digest"),
    "another digest": (lambda case: _comment(case, "f" * 64), "does not have the plan's digest"),
    "same beginning": (lambda case: _comment(case, DIGEST[:12] + "d" * 52), "does not have the plan's digest"),
    "in another number": (lambda case: _comment(case, "f" + DIGEST), "does not have the plan's digest"),
    "second attempt here": (lambda case: _job(case, run=replace(THIS_RUN, attempt=2)), "it is in attempt 2"),
    "second attempt there": (lambda case: _run(case, run_attempt=2), "it is in attempt 2"),
    "plan of a second attempt": (lambda case: _plan(case, workflow_run=replace(THIS_RUN, attempt=2)), "in attempt 2"),
    "another run named": (
        lambda case: setattr(case, "place", RunApproval(REPOSITORY, RUN + 1)),
        f"run {RUN + 1} of {REPOSITORY}: this is run {RUN}",
    ),
    "another repository named": (
        lambda case: setattr(case, "place", RunApproval("mallory/shop", RUN)),
        f"about the repository mallory/shop, and this command is about {REPOSITORY}",
    ),
    "no run now": (lambda case: _job(case, run=None), "this command is in none"),
    "plan of another run": (
        lambda case: _plan(case, workflow_run=replace(THIS_RUN, id=RUN - 1)),
        f"the plan was made in run {RUN - 1}",
    ),
    "plan of another repository": (
        lambda case: _plan(case, workflow_run=replace(THIS_RUN, repository="mallory/shop")),
        "about the repository mallory/shop",
    ),
    "plan of no run": (lambda case: _plan(case, workflow_run=None), "the plan was not made in a workflow run"),
    "not listed": (lambda case: setattr(case, "logins", (OTHER,)), "approvers.github does not list them"),
    "too old": (lambda case: _run(case, created_at=ago(hours=25)), "it expired at"),
    "to come": (lambda case: _run(case, created_at=ago(hours=-1)), "it was issued in the future"),
    "no account": (lambda case: case.github.approvals[0].update(user=None), "nobody decided anything there"),
    "the plan's author": (lambda case: _plan(case, created_by=REVIEWER.title()), "whoever made the plan may not"),
    "unknown author": (lambda case: _plan(case, created_by="unknown"), "the plan's author is unknown"),
    "author by another name": (
        lambda case: _plan(case, created_by="someone@example.com"),
        "it is not known whether they are someone@example.com",
    ),
    "began the run": (lambda case: _run(case, actor=user(REVIEWER)), "whoever has a part in what is planned"),
    "began it under another login": (
        lambda case: _run(case, triggering_actor=user("renamed", user(REVIEWER)["id"])),
        "whoever has a part in what is planned",
    ),
    "run of a ghost": (lambda case: _run(case, actor=None), "GitHub does not say who began run"),
    "opened the request": (lambda case: case.github.pulls[PULL].update(user=user(REVIEWER)), "whoever has a part"),
    "request of a ghost": (lambda case: case.github.pulls[PULL].update(user=None), "does not say who opened"),
    "request of the ghost": (
        lambda case: case.github.pulls[PULL].update(user=user("ghost", 10137)),
        "does not say who opened",
    ),
    "author in the request": (lambda case: _commit(case, HEAD, author=user(REVIEWER)), "whoever has a part"),
    "committer in the push": (lambda case: _commit(case, MERGE, committer=user(REVIEWER)), "whoever has a part"),
    "commit of nobody": (lambda case: _commit(case, HEAD, author=None), "the author of commit aaaaaaaaaaaa has no"),
    "commit of nobody's": (lambda case: _commit(case, HEAD, committer={}), "the committer of commit aaaaaaaaaaaa"),
    "co-author": (
        lambda case: _told(case, f"Change\n\nCo-authored-by: R <1+{REVIEWER.upper()}@users.noreply.github.com>"),
        "are one person",
    ),
    "co-author by address": (
        both(
            lambda case: _told(case, "Change\n\nco-authored-by: R <r@example.com>"),
            lambda case: _tie(case, "r@example.com", REVIEWER),
        ),
        "are one person",
    ),
    "author by another login": (lambda case: _tie(case, DEVELOPER, REVIEWER), "are one person"),
    "more commits than listed": (lambda case: case.github.pulls[PULL].update(commits=251), "lists 1 of the 251"),
    "merge of nothing": (
        both(lambda case: _run(case, event="merge_group"), lambda case: case.github.pulls.clear()),
        "GitHub names no pull request of commit bbbbbbbbbbbb",
    ),
    "new branch": (lambda case: _job(case, pushed_after="0" * 40), "does not list all commits of the push"),
    "plan of another commit": (lambda case: _plan(case, commit=BASE), "GitHub refused GET of commit cccccccccccc"),
    "plan of the request": (
        lambda case: _plan(case, commit=HEAD),
        "from commit aaaaaaaaaaaa, which is not bbbbbbbbbbbb",
    ),
    "plan of no commit": (lambda case: _plan(case, commit=None), "does not name the commit that it was made from"),
    "unknown push": (lambda case: _job(case, pushed_after=None), "does not list all commits of the push"),
}


@pytest.mark.parametrize("name", FORGED_IN_RUN)
def test_what_is_no_approval_in_a_run_does_not_count(name: str, in_run: Case) -> None:
    forge, reason = FORGED_IN_RUN[name]
    forge(in_run)

    assert reason in in_run.refusal()


def test_who_has_a_part_may_approve_where_that_is_allowed(in_run: Case) -> None:
    _run(in_run, actor=user(REVIEWER))
    in_run.environment = replace(PROTECTED, allow_self_approval=True)

    assert in_run.approvers() == (f"{REVIEWER} on GitHub",)


def test_two_people_are_needed_for_two_approvals(in_run: Case) -> None:
    in_run.environment = replace(PROTECTED, approvals=2)
    in_run.github.approve(DIGEST, login=REVIEWER)
    once = in_run.refusal()
    in_run.github.approve(DIGEST, login=OTHER)
    both = in_run.approvers()
    _tie(in_run, OTHER, REVIEWER)
    tied = in_run.refusal()

    assert "needs 2 valid approvals and has 1" in once
    assert "the same person approved already" in once
    assert both == (f"{OTHER} on GitHub", f"{REVIEWER} on GitHub")
    assert f"the same person approved already, as {OTHER} on GitHub" in tied or "as rina on GitHub" in tied


@pytest.mark.parametrize("status", [403, 404, 500])
def test_where_github_does_not_answer_nothing_counts(status: int, in_run: Case) -> None:
    for _ in range(6):
        in_run.github.trouble("GET", r"/approvals$", status=status)

    assert f"approval by GitHub, run {RUN} of {REPOSITORY}: GitHub refused" in in_run.refusal()


def test_a_reviewer_of_the_pull_request_has_approved_the_plan_that_was_shown(in_reviews: Case) -> None:
    assert in_reviews.approvers() == (f"{REVIEWER} on GitHub",)
    in_reviews.github.review(state="COMMENTED", submitted_at=ago(minutes=1))
    _plan(in_reviews, commit=TRIAL)
    assert in_reviews.approvers() == (f"{REVIEWER} on GitHub",)


def _review(case: Case, **members: object) -> None:
    case.github.reviews[0].update(members)


def _edited(case: Case) -> None:
    case.github.editors[case.github.comments[0]["node_id"]] = DEVELOPER


FORGED_IN_REVIEWS: dict[str, tuple[Forge, str]] = {
    "none": (lambda case: case.github.reviews.clear(), "nobody decided anything there"),
    "comment": (lambda case: _review(case, state="COMMENTED"), "nobody decided anything there"),
    "not submitted": (lambda case: _review(case, submitted_at=None), "nobody decided anything there"),
    "dismissed": (lambda case: _review(case, state="DISMISSED"), "the review was dismissed"),
    "changes requested": (lambda case: _review(case, state="CHANGES_REQUESTED"), "they requested changes"),
    "taken back": (
        lambda case: case.github.review(state="CHANGES_REQUESTED", submitted_at=ago(minutes=1)),
        "they decided otherwise since",
    ),
    "dismissed since": (
        lambda case: case.github.review(state="DISMISSED", submitted_at=ago(minutes=1)),
        "they decided otherwise since",
    ),
    "another commit": (lambda case: _review(case, commit_id=BASE), "the review is of commit cccccccccccc"),
    "no commit": (lambda case: _review(case, commit_id=None), "the review is of no commit that is known"),
    "before the plan": (lambda case: _review(case, submitted_at=ago(minutes=6)), "came before the plan was shown"),
    "edited since": (
        lambda case: case.github.comments[0].update(updated_at=ago(minutes=1)),
        "came before the plan was shown",
    ),
    "another plan is shown": (lambda case: _plan(case, digest="f" * 64), "no comment of this program shows the plan"),
    "shown by another": (
        both(lambda case: case.github.comments.clear(), lambda case: case.github.show(DIGEST, DEVELOPER)),
        "no comment of this program shows the plan",
    ),
    "edited by another": (_edited, "no comment of this program shows the plan"),
    "folded away": (
        lambda case: case.github.minimized.add(case.github.comments[0]["node_id"]),
        "no comment of this program shows the plan",
    ),
    "newer commits": (lambda case: case.github.pulls[PULL]["head"].update(sha=TRIAL), "the pull request is at dddd"),
    "plan of another commit": (lambda case: _plan(case, commit=BASE), "GitHub refused GET of commit cccccccccccc"),
    "plan of the merge's parent": (
        both(lambda case: _run(case, head_sha=MERGE), lambda case: _plan(case, commit=MERGE)),
        "the plan was made for commit bbbbbbbbbbbb",
    ),
    "plan of a branch": (lambda case: _plan(case, commit=".."), "does not name the commit that it was made from"),
    "plan of no commit": (lambda case: _plan(case, commit=None), "does not name the commit that it was made from"),
    "plan of no run": (lambda case: _plan(case, workflow_run=None), "not made in a workflow run"),
    "another repository": (
        lambda case: setattr(case, "place", ReviewApproval("mallory/shop", PULL)),
        "about the repository mallory/shop",
    ),
    "another request": (
        lambda case: setattr(case, "place", ReviewApproval(REPOSITORY, PULL + 1)),
        f"GitHub refused GET of pull request {PULL + 1}",
    ),
    "not listed": (lambda case: setattr(case, "logins", (OTHER,)), "approvers.github does not list them"),
    "too old": (
        both(
            lambda case: _review(case, submitted_at=ago(hours=25)),
            lambda case: case.github.comments[0].update(updated_at=ago(days=2)),
        ),
        "it expired at",
    ),
    "began the run": (lambda case: _run(case, actor=user(REVIEWER)), "whoever has a part in what is planned"),
    "opened it": (lambda case: case.github.pulls[PULL].update(user=user(REVIEWER)), "whoever has a part"),
    "author": (lambda case: _commit(case, HEAD, author=user(REVIEWER)), "whoever has a part in what is planned"),
    "commit of nobody": (lambda case: _commit(case, HEAD, committer=None), "the committer of commit aaaaaaaaaaaa"),
}


@pytest.mark.parametrize("name", FORGED_IN_REVIEWS)
def test_what_is_no_approval_in_a_pull_request_does_not_count(name: str, in_reviews: Case) -> None:
    forge, reason = FORGED_IN_REVIEWS[name]
    forge(in_reviews)

    assert reason in in_reviews.refusal()
