"""Approvals given on GitHub: taken from a run's reviewers or a pull request's, and asked for again at apply."""

from __future__ import annotations

import json
import secrets
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.github.reviewed import (
    DEVELOPER,
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
from tests.stories.test_approvals import APPROVER, as_author, expect_refused, make_key
from tests.stories.test_policy import FULL_NAME, commit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stories.conftest import Project

CONTRACT = f"""\
    version: 1
    environments:
      production:
        workspace: tea-d1example0example0ex
        protected: true
    approvers:
      ssh: .reconcile/allowed_signers
      github: [{REVIEWER}, {OTHER}, {DEVELOPER}]
    services:
      worker:
        render: worker
        variables:
          ALPHA: one
"""
FROM_RUN = ("approve", "p.json", "--from-github-run")
FROM_REVIEWS = ("approve", "p.json", "--from-github-reviews")


@pytest.fixture
def github() -> Iterator[ReviewedGitHub]:
    with reviewed_github() as state:
        yield state


def plan_in_run(project: Project, github: ReviewedGitHub, contract: str = CONTRACT) -> str:
    """Make a plan in the job of a run, and return its digest."""
    project.environ |= {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32), **github.job(project.folder)}
    project.write("services.yaml", contract)
    project.service("worker", {})
    run = project.reconcile("plan", "-o", "p.json")
    assert run.code == 0, run.err
    # The stand-in's commits are not in a repository on this disk, so the plan is told which one it was made from.
    made = document(project) | {"commit": MERGE if github.runs[RUN]["event"] == "push" else TRIAL}
    project.write("p.json", json.dumps(made))
    return str(made["digest"])


def document(project: Project) -> dict[str, Any]:
    return dict(json.loads((project.folder / "p.json").read_text()))


def test_a_plan_is_applied_that_a_reviewer_of_the_run_approved_by_its_digest(
    project: Project, github: ReviewedGitHub
) -> None:
    digest = plan_in_run(project, github)
    early = project.reconcile(*FROM_RUN)
    github.approve(f"ok {digest[:12]}")
    approved = project.reconcile(*FROM_RUN)
    again = project.reconcile(*FROM_RUN)
    stored = json.loads((project.folder / "p.json.approvals.json").read_text())
    applied = project.reconcile("apply", "p.json")

    assert (early.code, approved.code, again.code) == (3, 0, 0), approved.err
    assert "nobody decided anything there" in early.err
    assert f"Approved by {REVIEWER} on GitHub." in approved.err
    assert "ALPHA" in approved.out
    assert stored == [{"github_run": {"repository": "octo/shop", "run_id": RUN}}]
    assert applied.code == 0, applied.err
    assert f"Approved by {REVIEWER} on GitHub." in applied.out
    assert github.token not in approved.out + approved.err + applied.out + applied.err
    assert {seen.method for seen in github.seen} == {"GET"}


def test_what_was_approved_is_asked_again_at_apply_and_no_file_says_where_else(
    project: Project, github: ReviewedGitHub
) -> None:
    digest = plan_in_run(project, github)
    github.approve(f"ok {digest}")
    assert project.reconcile(*FROM_RUN).code == 0
    approvals = project.folder / "p.json.approvals.json"
    honest = approvals.read_text()

    given = github.approvals.pop()
    expect_refused(project, "nobody decided anything there")
    github.approvals.append(given | {"user": user("mallory")})
    expect_refused(project, "approval by mallory on GitHub: approvers.github does not list them")
    github.approvals[:] = [given]

    kept = dict(project.environ)
    project.environ["GITHUB_RUN_ATTEMPT"] = "2"
    expect_refused(project, "it is in attempt 2")
    project.environ = kept | {"GITHUB_RUN_ID": str(RUN + 1)}
    expect_refused(project, f"this is run {RUN + 1}")
    project.environ = kept | {"GITHUB_ACTIONS": "false"}
    expect_refused(project, "this command is in none")
    project.environ = {name: value for name, value in kept.items() if name != "GITHUB_TOKEN"}
    expect_refused(project, "GITHUB_TOKEN is not set")
    project.environ = kept | {"GITHUB_API_URL": f"http://127.0.0.1:{unused_port()}"}
    expect_refused(project, "127.0.0.1 could not be reached")
    project.environ = kept
    approvals.write_text(honest.replace("octo/shop", "mallory/shop"))
    expect_refused(project, "it is about the repository mallory/shop, and this command is about octo/shop")
    approvals.write_text(honest.replace(str(RUN), str(RUN - 1)))
    expect_refused(project, f"approval by GitHub, run {RUN - 1} of octo/shop: this is run {RUN}")

    approvals.write_text(honest)
    github.approvals_left = 1
    waited = project.reconcile("apply", "p.json", "--lock-timeout", "1s")
    assert waited.code == 3
    assert "nobody decided anything there" in waited.err, "it was taken back while another apply might be waited for"
    assert project.writes() == []
    github.approvals_left = 1
    assert project.reconcile("apply", "p.json").code == 0


def test_one_approval_does_not_serve_for_two_plans_of_the_same_content(
    project: Project, github: ReviewedGitHub
) -> None:
    digest = plan_in_run(project, github)
    github.approve(digest)
    project.reconcile(*FROM_RUN)
    first = project.reconcile("apply", "p.json")
    made = document(project)
    service = made["targets"][0]["id"]
    project.api("DELETE", f"/services/{service}/env-vars/ALPHA")
    project.write("p.json", json.dumps(made | {"plan_id": "plan-0000000000000000"}))
    project.forget_requests()
    second = project.reconcile("apply", "p.json")

    assert (first.code, second.code) == (0, 3), first.err
    assert f"plan {made['plan_id']} was applied already with this content, on approvals that serve once" in second.err
    assert project.writes() == []
    assert project.variables(service) == {}


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_an_account_is_listed_by_the_revision_that_has_the_say(project: Project, github: ReviewedGitHub) -> None:
    project.environ = as_author("developer@example.com")
    project.write("services.yaml", CONTRACT)
    commit(project.folder, "services.yaml")
    project.environ["RECONCILE_POLICY_REF"] = FULL_NAME
    digest = plan_in_run(project, github, CONTRACT.replace(f"[{REVIEWER}", "[mallory").replace(OTHER, "trudy"))
    github.approve(digest, login="mallory")
    foreign = project.reconcile(*FROM_RUN)
    github.approve(digest, login=REVIEWER)
    listed = project.reconcile(*FROM_RUN)

    assert (foreign.code, listed.code) == (3, 0), listed.err
    assert "approval by mallory on GitHub: approvers.github does not list them" in foreign.err
    assert f"Approved by {REVIEWER} on GitHub." in listed.err


def test_reviewers_of_the_pull_request_approve_the_plan_that_was_shown_there(
    project: Project, github: ReviewedGitHub, tmp_path: Path
) -> None:
    github.set_up("pull_request")
    plan_in_run(project, github)
    github.review(submitted_at=ago(minutes=6))
    shown = project.reconcile("comment", "p.json", "--pull-request", str(PULL))
    github.comments[0]["updated_at"] = ago(minutes=5)
    early = project.reconcile(*FROM_REVIEWS)
    github.review()
    # Another run: what the merge began.
    project.environ |= {"GITHUB_RUN_ID": str(RUN + 1), "GITHUB_ACTOR": OTHER}
    approved = project.reconcile(*FROM_REVIEWS)
    stored = json.loads((tmp_path / "p.json.approvals.json").read_text())
    github.reviews[1]["state"] = "DISMISSED"
    expect_refused(project, "the review was dismissed")
    github.reviews[1]["state"] = "APPROVED"
    applied = project.reconcile("apply", "p.json")

    assert (shown.code, early.code, approved.code) == (0, 3, 0), shown.err + approved.err
    assert "the review came before the plan was shown" in early.err
    assert stored == [{"github_reviews": {"repository": "octo/shop", "pull_request": PULL}}]
    assert applied.code == 0, applied.err
    assert f"Approved by {REVIEWER} on GitHub." in applied.out


def test_a_signer_and_an_account_are_two_people_only_where_that_is_known(
    project: Project, github: ReviewedGitHub
) -> None:
    key = make_key(project.folder, "approver")
    project.write(".reconcile/allowed_signers", f"{APPROVER} {key}")
    contract = CONTRACT.replace("protected: true", "protected: true\n        approvals: 2")
    github.approve(plan_in_run(project, github, contract))
    signed = project.reconcile("approve", "p.json", "--key", "approver")
    taken = project.reconcile(*FROM_RUN)
    expect_refused(project, f"it is not known whether they are {APPROVER}, who approved already")
    project.write(".reconcile/allowed_signers", f"{APPROVER},{REVIEWER} {key}")
    expect_refused(project, f"the same person approved already, as {APPROVER}")
    project.write(".reconcile/allowed_signers", f"{APPROVER},{OTHER} {key}")
    applied = project.reconcile("apply", "p.json")

    assert (signed.code, taken.code) == (0, 0), taken.err
    assert "the plan needs 2 valid approvals and has 1" in taken.err
    assert applied.code == 0, applied.err
    assert f"Approved by {APPROVER}, {REVIEWER} on GitHub." in applied.out


def test_approvals_on_github_are_taken_only_where_github_can_be_asked(project: Project, github: ReviewedGitHub) -> None:
    digest = plan_in_run(project, github)
    github.approve(digest, login=DEVELOPER)
    own = project.reconcile(*FROM_RUN)
    both = project.reconcile(*FROM_RUN, "--from-github-reviews")
    signed = project.reconcile(*FROM_RUN, "--key", "approver")
    outside = project.reconcile(*FROM_RUN, env={"GITHUB_ACTIONS": ""})
    unnamed = project.reconcile(*FROM_RUN, env={"GITHUB_REPOSITORY": ""})

    assert (own.code, both.code, signed.code, outside.code, unnamed.code) == (3, 1, 1, 3, 1)
    assert f"approval by {DEVELOPER} on GitHub: whoever made the plan may not approve it" in own.err
    assert "is signed, with --key and --identity, or taken from one place on GitHub" in both.err + signed.err
    assert "this command is in no run of GitHub's Actions" in outside.err
    assert "GITHUB_REPOSITORY is not set" in unnamed.err
    assert not (project.folder / "p.json.approvals.json").exists()


def test_a_comment_that_does_not_show_the_plan_makes_no_review_one_of_it(
    project: Project, github: ReviewedGitHub
) -> None:
    github.set_up("pull_request")
    project.environ |= {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32), **github.job(project.folder)}
    project.write("services.yaml", CONTRACT.replace("render: worker", "render: worker\n        prune: true"))
    project.service("worker", {f"{'LONG_NAME_' * 12}{number:04}": "x" for number in range(600)})
    assert project.reconcile("plan", "-o", "p.json", "--allow-deletes", "600").code == 0
    project.write("p.json", json.dumps(document(project) | {"commit": TRIAL}))
    too_long = project.reconcile("comment", "p.json", "--pull-request", str(PULL))
    github.comments[0]["updated_at"] = ago(minutes=5)
    github.review()
    refused = project.reconcile(*FROM_REVIEWS)

    assert "Nothing of it should be approved by this page." in github.comments[0]["body"]
    assert (too_long.code, refused.code) == (1, 3), refused.err
    assert "no comment of this program shows the plan there now" in refused.err


def test_what_came_of_a_plan_is_not_the_plan_that_is_reviewed(project: Project, github: ReviewedGitHub) -> None:
    github.set_up("pull_request")
    plan_in_run(project, github)
    project.reconcile("comment", "p.json", "--pull-request", str(PULL))
    github.comments[0]["updated_at"] = ago(minutes=5)
    github.review(submitted_at=ago(minutes=4))
    assert project.reconcile(*FROM_REVIEWS).code == 0
    applied = project.reconcile("apply", "p.json", "--format", "json")
    project.write("result.json", applied.out)
    told = project.reconcile("comment", "p.json", "--result", "result.json", "--pull-request", str(PULL))
    github.comments[0]["updated_at"] = ago(minutes=3)
    github.review()
    (project.folder / "p.json.approvals.json").unlink()
    project.write("p.json", json.dumps(document(project) | {"plan_id": "plan-0000000000000000"}))
    refused = project.reconcile(*FROM_REVIEWS)

    assert (applied.code, told.code) == (0, 0), told.err
    assert "Apply complete!" in github.comments[0]["body"]
    assert refused.code == 3
    assert "no comment of this program shows the plan there now" in refused.err
