"""`reconcile comment` as a job runs it: one comment, true to the plan, or an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.domain.address import Owner
from reconciler.domain.change import Action
from tests.comment.page import parsed
from tests.comment.plans import big_plan, change_of, error, plan_of, result_of

if TYPE_CHECKING:
    from tests.comment.conftest import Job

WORKER = Owner("production", service="worker")


def test_a_plan_and_then_what_came_of_it_in_one_comment(job: Job) -> None:
    plan = plan_of([change_of(WORKER, "LOG_LEVEL", Action.UPDATE), change_of(WORKER, "OLD", Action.DELETE)])
    job.save(plan, result_of(plan))
    posted = job.comment()
    (planned,) = job.github.shown(7)
    updated = job.comment("--result", "result.json")
    (applied,) = job.github.shown(7)

    assert (posted.returncode, updated.returncode) == (0, 0)
    assert re.fullmatch(r"Posted https://github.example/octo/shop/pull/7#issuecomment-\d+\n", posted.stdout)
    assert updated.stdout == posted.stdout.replace("Posted", "Updated")
    assert f"digest={plan.digest} -->" in planned
    assert "Plan: 0 to add, 1 to change, 1 to destroy. 1 deploy." in planned
    assert "`production` needs 2 approvals, valid for 36 hours once given." in planned
    assert "Next: `reconcile approve plan.json`" in planned
    assert f"Whoever approves on GitHub puts `{plan.digest[:12]}` into the comment there." in planned
    assert "[This run](https://github.example/octo/shop/actions/runs/4711)." in planned
    assert "Apply complete! Variables: 0 added, 1 changed, 1 destroyed." in applied
    assert "- OLD   (done)" in applied
    assert "Next:" not in applied
    assert (posted.stderr, updated.stderr, job.summary) == ("", "", "")


def test_a_failed_check_links_to_its_line_at_the_head_of_the_pull_request(job: Job) -> None:
    plan = plan_of([change_of(WORKER, "LOG_LEVEL", Action.UPDATE)], [error("no", None, line=7)])
    job.save(plan)
    run = job.comment()
    (body,) = job.github.shown(7)

    assert run.returncode == 0
    link = f"https://github.example/octo/shop/blob/{'a' * 40}/services.yaml#L7"
    assert parsed(body).links == [link, "https://github.example/octo/shop/actions/runs/4711"]
    assert "It cannot be applied while a check fails." in body
    assert "Next:" not in body


def test_what_does_not_fit_is_in_the_summary(job: Job) -> None:
    plan = big_plan(5000, deletions=500)
    job.save(plan)
    run = job.comment()
    (body,) = job.github.shown(7)

    assert run.returncode == 0
    assert len(body) <= 65_536
    assert len(job.summary.encode()) < 1_000_000
    assert "All of it is in the [summary of the run](https://github.example/octo/shop/actions/runs/4711)" in body
    assert all(change.address.key in job.summary for change in plan.changes)
    assert "did not fit; the comment says so." in run.stderr


def test_deletions_that_do_not_fit_fail_the_command_and_nothing_older_stays(job: Job) -> None:
    small = big_plan(1)
    job.save(small)
    assert job.comment().returncode == 0
    plan = big_plan(5000, deletions=5000)
    job.save(plan)
    run = job.comment()
    (body,) = job.github.shown(7)

    assert run.returncode == 1
    assert "does not fit" in run.stderr
    assert "Nothing of it should be approved by this page." in body
    assert plan.digest in body
    assert small.digest not in body
    assert all(change.address.key in job.summary for change in plan.changes)


def test_after_the_merge_the_pull_request_is_found_by_its_commit(job: Job) -> None:
    plan = big_plan(1)
    job.save(plan, result_of(plan))
    job.comment()
    job.event({"after": "b" * 40})
    job.environ["GITHUB_SHA"] = "b" * 40
    job.github.pulls[7] |= {"merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": "b" * 40}
    merged = job.comment("--result", "result.json")
    job.environ["GITHUB_SHA"] = "c" * 40
    pushed = job.comment("--result", "result.json")

    assert (merged.returncode, pushed.returncode) == (0, 0)
    assert [body.count("Apply complete!") for body in job.github.shown(7)] == [1]
    assert "GitHub knows no pull request with commit cccc" in pushed.stderr


def test_a_comment_that_cannot_be_posted_fails_the_command(job: Job) -> None:
    job.save(big_plan(1))
    job.github.trouble("POST", "/comments$", status=403, body={"message": "Resource not accessible by integration"})
    denied = job.comment()
    job.environ["GITHUB_TOKEN"] = ""
    without = job.comment()

    assert (denied.returncode, without.returncode) == (1, 1)
    assert "Resource not accessible by integration" in denied.stderr
    assert "give the job `permissions: {pull-requests: write}`" in denied.stderr
    assert "GITHUB_TOKEN is not set" in without.stderr
    assert job.github.comments == []
    assert job.github.token not in denied.stdout + denied.stderr


def test_nothing_is_posted_that_is_only_printed(job: Job) -> None:
    plan = plan_of([change_of(WORKER, "LOG_LEVEL", Action.UPDATE)], [error("no", None, line=7)])
    job.save(plan)
    project = {"CI_PROJECT_URL": "https://gitlab.example/octo/shop", "CI_COMMIT_SHA": "e" * 40}
    printed = job.comment("--stdout")
    job.environ = project
    offline = job.comment("--stdout")
    gitlab, markdown = (job.comment("--format", output) for output in ("gitlab", "markdown"))

    assert [run.returncode for run in (printed, offline, gitlab, markdown)] == [0, 0, 0, 0]
    assert printed.stdout.startswith("<!-- reconcile target=")
    assert f"/blob/{'a' * 40}/services.yaml#L7" in printed.stdout
    assert parsed(gitlab.stdout).links == [f"https://gitlab.example/octo/shop/-/blob/{'e' * 40}/services.yaml#L7"]
    assert not parsed(markdown.stdout).links
    assert not parsed(offline.stdout).links
    assert job.github.seen == []


def test_a_result_is_that_of_the_plan(job: Job) -> None:
    plan, other = big_plan(1), big_plan(2)
    job.save(plan, result_of(other))
    foreign = job.comment("--result", "result.json")
    (job.folder / "result.json").write_text("", encoding="utf-8")
    empty = job.comment("--result", "result.json")
    (job.folder / "result.json").write_text('{"run": 1}', encoding="utf-8")
    broken = job.comment("--result", "result.json")
    (job.folder / "plan.json").write_text((job.folder / "plan.json").read_text().replace("info", "debug"))
    tampered = job.comment()

    assert (foreign.returncode, empty.returncode, broken.returncode, tampered.returncode) == (1, 1, 1, 3)
    assert "result.json is the result of another plan" in foreign.stderr
    assert "the apply ended without a result" in empty.stderr
    assert "result.json is not a result" in broken.stderr
    assert job.github.seen == []
