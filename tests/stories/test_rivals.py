"""Rival controllers: what else deploys and writes a service is recognised, and said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project, Run

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: worker, variables: {ALPHA: one, BETA: two}}
"""
RIVAL = "a Blueprint sync, a rival controller: it may write this service's variables too"
DURING = {"method": "GET", "path": "*/deploys/*", "times": 1}
"""The first look at our own deploy."""


@pytest.fixture
def kind() -> str:
    return "background_worker"


@pytest.fixture
def worker(project: Project, kind: str) -> str:
    project.write("services.yaml", CONTRACT)
    return project.service("worker", {"ALPHA": "old"}, kind)


def apply(project: Project) -> tuple[Run, dict[str, Any]]:
    run = project.reconcile("apply", "--auto-approve", "--format", "json")
    return run, json.loads(run.out)["services"][0]


def test_a_commit_that_deploys_beside_ours_is_named(project: Project, worker: str) -> None:
    project.control("POST", "/timing", {"update": 0.3})
    project.control("POST", "/faults", DURING | {"deploy": {"service": "worker", "trigger": "new_commit"}})

    run, service = apply(project)

    assert worker
    assert run.code == 0, run.out
    assert service["deploy"]["result"] == "live"
    assert service["deploy"]["detail"].endswith("appeared meanwhile, triggered by a new commit")


def test_a_blueprint_sync_that_overwrites_what_was_just_applied_is_no_success(project: Project, worker: str) -> None:
    sync = {"service": "worker", "variables": {"ALPHA": "theirs"}}
    project.control("POST", "/faults", DURING | {"blueprint_sync": sync})

    run, service = apply(project)

    assert project.variables(worker)["ALPHA"] == "theirs"
    assert run.code == 4
    assert RIVAL in service["deploy"]["detail"]
    assert "staging/worker/ALPHA" in service["verification"]
    assert [step["status"] for step in service["steps"]] == ["conflict", "done"]


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ("blueprint_sync", RIVAL),
        ("new_commit", "a new commit"),
        ("manual", "a person, by hand"),
        ("api", "a request to Render's API by somebody else"),
        ("other", "something that Render does not name"),
    ],
)
@pytest.mark.parametrize("outcome", ["superseded", "deactivated"])
@pytest.mark.usefixtures("worker")
def test_a_deploy_that_took_over_is_named_with_what_triggered_it(
    project: Project, outcome: str, trigger: str, words: str
) -> None:
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": outcome, "by": trigger})

    run, service = apply(project)

    assert run.code == 0, run.out
    assert words in service["deploy"]["detail"]
    assert service["deploy"]["result"] in {"live", "live_by_another"}


@pytest.mark.usefixtures("worker")
def test_where_ours_queues_unnamed_behind_another_ours_is_followed_and_the_other_named(project: Project) -> None:
    project.control("POST", "/timing", {"update": 0.3})
    fault = {"method": "POST", "path": "*/deploys", "times": 1}
    project.control("POST", "/faults", fault | {"deploy": {"service": "worker", "trigger": "new_commit"}})

    run, service = apply(project)

    deploys = project.api("GET", "/services?name=worker")
    listed = project.api("GET", f"/services/{deploys[0]['service']['id']}/deploys")
    ours = next(item["deploy"] for item in listed if item["deploy"]["trigger"] == "api")
    assert run.code == 0, run.out
    assert (service["deploy"]["result"], service["deploy"]["deploy_id"]) == ("live", ours["id"])
    assert "triggered by a new commit" in service["deploy"]["detail"]


@pytest.mark.usefixtures("worker")
def test_a_blueprint_that_deployed_the_service_lately_is_said_after_an_apply(project: Project) -> None:
    project.control("POST", "/blueprint-syncs", {"service": "worker"})
    project.control("POST", "/clock", {"advance": 3600})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 0
    assert RIVAL in " ".join(run.out.split())


@pytest.mark.usefixtures("worker")
def test_a_blueprint_in_the_audit_log_is_a_warning_of_the_plan_and_of_drift(project: Project) -> None:
    project.control("POST", "/blueprint-syncs", {"service": "worker", "variables": {"ALPHA": "theirs"}})

    plan = project.reconcile("plan", "-o", "p.json")
    drift = project.reconcile("drift")
    applied = project.reconcile("apply", "p.json")

    assert plan.code == 0
    for told in (" ".join(run.out.split()) for run in (plan, drift)):
        assert "(RC015 rival-controller)" in told
        assert "let one of the two keep each variable" in told
        assert "last change of this service's variables: Render's system, less than a minute ago" in told
    (check,) = json.loads((project.folder / "p.json").read_text())["checks"]
    assert (check["code"], check["severity"]) == ("RC015", "warning")
    assert applied.code == 0, applied.err


@pytest.mark.parametrize("kind", ["cron_job"])
def test_a_cron_job_is_deployed_and_nothing_is_claimed_of_its_health(project: Project, worker: str) -> None:
    rule = 'health: {log_ready: "never said", log_fatal: [worker], within: 1s}'
    project.write("services.yaml", CONTRACT.replace("variables:", f"{rule}, variables:"))

    run, service = apply(project)

    assert run.code == 0, run.out
    assert project.api("GET", f"/services/{worker}/instances") == []
    assert service["deploy"]["result"] == "live"
    assert service["health"]["result"] == "not_checked"
    assert "its new values are used from its next run on" in service["health"]["detail"]
    project.api("PUT", f"/services/{worker}/env-vars/ALPHA", {"value": "changed"})
    assert "health was not checked: a cron job" in project.reconcile("apply", "--auto-approve").out


@pytest.mark.parametrize("kind", ["static_site"])
def test_a_static_site_is_built(project: Project, worker: str) -> None:
    run, service = apply(project)

    assert run.code == 0, run.out
    assert service["deploy"]["result"] == "live"
    assert project.sandbox.workspace.rollout(worker).deploys[-1].builds


def test_a_suspended_service_is_written_and_not_deployed(project: Project, worker: str) -> None:
    project.api("POST", f"/services/{worker}/suspend")

    plan = project.reconcile("plan")
    run, service = apply(project)

    assert "RC013 suspended" in plan.out
    assert run.code == 0, run.out
    assert service["deploy"]["result"] == "pending"
    assert project.variables(worker) == {"ALPHA": "one", "BETA": "two"}
    assert not [write for write in project.writes() if write == f"POST /v1/services/{worker}/deploys"]
