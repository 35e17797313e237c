"""On failure: with `--on-failure rollback` a service gets back what it had, deployed again and proven."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker:
        render: worker
        variables:
          ALPHA: new
          GONE: {absent: true}
          NEW: added
          TOKEN: {generate: {bytes: 16}}
        health: {log_ready: ready, within: 10s}
"""
BEFORE = {"ALPHA": "old \n", "GONE": "was here", "MINE": "untouched"}


@pytest.fixture
def worker(project: Project) -> str:
    project.write("services.yaml", CONTRACT)
    return project.service("worker", BEFORE)


def apply(project: Project, *more: str) -> tuple[int, dict[str, Any]]:
    run = project.reconcile("apply", "--auto-approve", "--format", "json", *more)
    (service,) = json.loads(run.out)["services"]
    return run.code, service


def test_what_a_failed_deploy_brought_is_taken_back_but_for_what_was_generated(project: Project, worker: str) -> None:
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed"})

    code, service = apply(project, "--on-failure", "rollback")

    held = project.variables(worker)
    assert code == 4
    assert service["deploy"]["result"] == "failed"
    assert service["restored"]["succeeded"] is True
    assert service["restored"]["deploy"]["result"] == "live"
    assert service["restored"]["health"]["result"] == "healthy"
    assert len(held.pop("TOKEN")) == 24
    assert held == BEFORE


@pytest.mark.usefixtures("worker")
def test_the_result_says_what_failed_and_what_was_put_back(project: Project) -> None:
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed"})

    run = project.reconcile("apply", "--auto-approve", "--on-failure", "rollback")

    assert run.code == 4
    assert "ended as update_failed" in run.out
    assert "previous values of staging/worker" in run.out
    assert "staging/worker: the previous values were put back, and work." in run.out


def test_health_that_does_not_come_is_a_failure_too(project: Project, worker: str) -> None:
    project.write("services.yaml", CONTRACT.replace("log_ready: ready, within: 10s", "log_ready: never, within: 1s"))

    code, service = apply(project, "--on-failure", "rollback")

    assert code == 4
    assert service["health"]["result"] == "unhealthy"
    assert service["restored"]["health"]["result"] == "unhealthy"
    assert service["restored"]["succeeded"] is False
    assert project.variables(worker).items() >= BEFORE.items()


def test_a_fatal_line_is_a_failure_too(project: Project, worker: str) -> None:
    project.write(
        "services.yaml", CONTRACT.replace("log_ready: ready", 'log_ready: ready, log_fatal: ["started with 4"]')
    )

    code, service = apply(project, "--on-failure", "rollback")

    assert code == 4
    assert service["health"]["result"] == "unhealthy"
    assert service["restored"]["steps"]
    assert project.variables(worker)["ALPHA"] == BEFORE["ALPHA"]


def test_what_somebody_changed_meanwhile_is_not_taken_back(project: Project, worker: str) -> None:
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed"})
    edit = {"service": "worker", "key": "ALPHA", "value": "somebody's"}
    project.control("POST", "/faults", {"method": "POST", "path": "*/deploys", "times": 1, "edit": edit})

    code, service = apply(project, "--on-failure", "rollback")

    assert code == 4
    assert "conflict" in [step["status"] for step in service["restored"]["steps"]]
    assert service["restored"]["deploy"]["result"] == "not_requested"
    assert project.variables(worker)["ALPHA"] == "somebody's"


@pytest.mark.usefixtures("worker")
def test_without_the_permission_nothing_is_taken_back(project: Project) -> None:
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed"})

    code, service = apply(project)

    assert code == 4
    assert service["restored"] is None


def test_the_next_plan_shows_what_was_taken_back_again_and_owes_no_deploy(project: Project, worker: str) -> None:
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed"})
    apply(project, "--on-failure", "rollback")

    plan = json.loads(project.reconcile("plan", "--format", "json").out)

    waiting = {one["key"]: one["change"]["actions"][0] for one in plan["resource_changes"]}
    assert waiting == {"ALPHA": "update", "GONE": "delete", "NEW": "create", "TOKEN": "no-op"}
    assert plan["deploys"] == [
        {"address": "staging/worker", "target_id": worker, "mode": "deploy_only", "owed_by": None}
    ]
