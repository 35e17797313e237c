"""The journal: a plan is applied once, and what is set but not deployed is not forgotten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      api: {render: api, variables: {ALPHA: one}}
      worker: {render: worker, variables: {ALPHA: one, BETA: two}}
"""


@pytest.fixture
def services(project: Project) -> tuple[str, str]:
    project.write("services.yaml", CONTRACT)
    return project.service("api", {}), project.service("worker", {})


def deploys(project: Project) -> list[dict[str, object]]:
    made: list[dict[str, object]] = json.loads(project.reconcile("plan", "--format", "json").out)["deploys"]
    return made


@pytest.mark.usefixtures("services")
def test_a_plan_is_applied_once_and_the_second_time_says_who_did(project: Project) -> None:
    project.reconcile("plan", "-o", "p.json")
    assert project.reconcile("apply", "p.json").code == 0
    project.forget_requests()

    again = project.reconcile("apply", "p.json")

    assert again.code == 3
    assert "was applied already: by" in again.err
    assert "in run 1" in again.err
    assert project.requests() == []


def test_a_plan_that_was_applied_in_part_is_not_applied_again_and_a_new_one_is_the_remainder(
    project: Project, services: tuple[str, str]
) -> None:
    _, worker = services
    project.reconcile("plan", "-o", "p.json")
    project.control("POST", "/faults", {"method": "PUT", "path": f"/services/{worker}/*/BETA", "status": 400})
    assert project.reconcile("apply", "p.json").code == 4
    project.control("DELETE", "/faults")

    again = project.reconcile("apply", "p.json")
    plan = json.loads(project.reconcile("plan", "--format", "json").out)

    assert again.code == 3
    assert "was applied already" in again.err
    remaining = [one["address"] for one in plan["resource_changes"] if one["change"]["actions"] != ["no-op"]]
    assert remaining == ["staging/worker/BETA"]
    assert plan["deploys"] == [
        {"address": "staging/worker", "target_id": worker, "mode": "deploy_only", "owed_by": None}
    ]


def test_a_refused_apply_consumes_nothing(project: Project, services: tuple[str, str]) -> None:
    api, _ = services
    project.reconcile("plan", "-o", "p.json")
    project.control("POST", "/edits", {"service": api, "key": "ALPHA", "value": "somebody's"})
    assert project.reconcile("apply", "p.json").code == 3
    project.control("POST", "/edits", {"service": api, "key": "ALPHA"})

    assert project.reconcile("apply", "p.json").code == 0


def test_a_failed_deploy_is_owed_by_the_next_plan_and_made_good_by_its_apply(
    project: Project, services: tuple[str, str]
) -> None:
    _, worker = services
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed"})
    assert project.reconcile("apply", "--auto-approve").code == 4

    shown = project.reconcile("plan", "--detailed-exitcode", "-o", "p.json")
    project.forget_requests()
    applied = project.reconcile("apply", "p.json")

    assert shown.code == 2
    assert "> deploy   owed: the values of run 1 are set and wait for it" in shown.out
    assert "Plan: 0 to add, 0 to change, 0 to destroy. 1 deploy" in shown.out
    assert applied.code == 0, applied.out
    assert project.writes() == [f"POST /v1/services/{worker}/deploys"]
    assert deploys(project) == []


def test_no_changes_is_said_without_reserve_of_what_the_journal_saw_go_live(
    project: Project, services: tuple[str, str]
) -> None:
    api, _ = services
    assert project.reconcile("apply", "--auto-approve").code == 0

    vouched = project.reconcile("plan")
    project.write("services.yaml", CONTRACT.replace("ALPHA: one}}\n", "ALPHA: one, OLD: set by hand}}\n"))
    project.control("POST", "/edits", {"service": api, "key": "OLD", "value": "set by hand"})
    by_hand = project.reconcile("plan")
    elsewhere = project.reconcile("plan", env={"RECONCILE_STORE_URL": "sqlite:///elsewhere.db"})

    assert vouched.out == "No changes. Render matches services.yaml.\n"
    assert "Not verified: whether the running deploy of 1 service has these values." in by_hand.out
    assert "Not verified: whether the running deploys of 2 services have these values." in elsewhere.out
    assert not (project.folder / "elsewhere.db").exists()


def test_a_value_that_was_there_before_is_vouched_for_once_a_deploy_saw_it(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.service("api", {"ALPHA": "one"})
    project.service("worker", {"ALPHA": "one"})
    assert project.reconcile("apply", "--auto-approve").code == 0

    plan = project.reconcile("plan")

    # The worker got BETA, and a deploy; the api nothing.
    assert plan.out == (
        "No changes. Render matches services.yaml.\n"
        "Not verified: whether the running deploy of 1 service has these values.\n"
    )


def test_values_left_without_a_deploy_are_shown_until_somebody_deploys(
    project: Project, services: tuple[str, str]
) -> None:
    api, worker = services
    left = project.reconcile("apply", "--auto-approve", "--no-deploy")
    again = project.reconcile("plan", "--no-deploy")
    planned = deploys(project)
    project.api("POST", f"/services/{worker}/deploys", {"deployMode": "deploy_only"})
    project.sandbox.workspace.clock.advance(5)

    assert left.code == 0
    assert "Set, and waiting for a deploy: staging/api, staging/worker." in left.out
    assert "staging/api: the values of run 1 are set and wait for a deploy" in " ".join(again.out.split())
    assert [one["address"] for one in planned] == ["staging/api", "staging/worker"]
    assert deploys(project) == [{"address": "staging/api", "target_id": api, "mode": "deploy_only", "owed_by": 1}]


def test_a_deploy_that_still_goes_on_is_said_and_not_asked_for_again(
    project: Project, services: tuple[str, str]
) -> None:
    _, worker = services
    project.write("services.yaml", CONTRACT.replace("BETA: two}", "BETA: two}, deploy: {timeout: 1s}"))
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "never_ends"})
    assert project.reconcile("apply", "--auto-approve").code == 4

    plan = project.reconcile("plan")

    going_on = project.api("GET", f"/services/{worker}/deploys")[0]["deploy"]["id"]
    said = " ".join(plan.out.split())
    assert f"deploy {going_on}, which brings the values of run 1 to life, has not ended yet" in said
    assert "RC017 deploy-under-way" in said
    assert deploys(project) == []


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_damaged_journal_stops_the_command_before_render_is_asked(project: Project, command: str) -> None:
    project.write(".reconcile/journal.db", "this is no database, whatever its name says\n" * 100)
    project.forget_requests()

    run = project.reconcile(command, *(["--auto-approve"] if command == "apply" else []))

    assert run.code == 1
    assert "journal.db is damaged, or no journal at all" in run.err
    assert project.requests() == []


@pytest.mark.usefixtures("services")
def test_the_journal_lies_beside_the_contract_for_its_owner_alone(project: Project) -> None:
    project.write("contract/services.yaml", CONTRACT)

    run = project.reconcile("apply", "--auto-approve", "-f", "contract/services.yaml")

    assert run.code == 0
    assert (project.folder / "contract/.reconcile/journal.db").stat().st_mode & 0o777 == 0o600
    assert not (project.folder / ".reconcile").exists()


RENAMED = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      SERVICE: {render: worker, variables: {ALPHA: VALUE}}
"""


def test_a_service_that_is_renamed_in_the_file_owes_what_it_owed_and_what_it_owes(
    project: Project, services: tuple[str, str]
) -> None:
    _, worker = services
    project.write("services.yaml", RENAMED.replace("SERVICE", "worker").replace("VALUE", "one"))
    assert project.reconcile("apply", "--auto-approve", "--no-deploy").code == 0
    project.api("POST", f"/services/{worker}/deploys", {"deployMode": "deploy_only"})
    project.sandbox.workspace.clock.advance(5)
    project.write("services.yaml", RENAMED.replace("SERVICE", "background").replace("VALUE", "two"))
    project.control("POST", "/faults", {"method": "GET", "path": "*/deploys", "status": 400, "after": 1})
    assert project.reconcile("apply", "--auto-approve").code == 4
    project.control("DELETE", "/faults")

    planned = deploys(project)

    assert planned == [{"address": "staging/background", "target_id": worker, "mode": "deploy_only", "owed_by": 2}]


def test_a_service_that_became_read_only_is_not_deployed_though_it_owes_a_deploy(
    project: Project, services: tuple[str, str]
) -> None:
    _, worker = services
    assert project.reconcile("apply", "--auto-approve", "-e", "staging", "-s", "worker", "--no-deploy").code == 0
    project.write("services.yaml", CONTRACT.replace("{render: worker,", "{render: worker, read_only: true,"))
    project.forget_requests()

    planned = project.reconcile("plan", "-s", "worker")
    applied = project.reconcile("apply", "--auto-approve", "-s", "worker")

    assert "staging/worker: the values of run 1 are set and wait for a deploy" in " ".join(planned.out.split())
    assert applied.code == 0, applied.err
    assert project.writes() == [], worker


def test_an_owed_deploy_that_fails_again_is_told_from_an_apply_that_changed_nothing(
    project: Project, services: tuple[str, str]
) -> None:
    _, worker = services
    assert project.reconcile("apply", "--auto-approve", "--no-deploy").code == 0
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed"})
    failed = project.reconcile("apply", "--auto-approve", "-s", "worker")
    project.control("POST", "/faults", {"method": "POST", "path": f"*/{worker}/deploys", "status": 400})
    refused = project.reconcile("apply", "--auto-approve", "-s", "worker")

    assert "ended as update_failed" in failed.out
    assert failed.code == 4
    assert refused.code == 1


def test_a_service_that_was_not_healthy_is_not_passed_over_by_the_next_plan(
    project: Project, services: tuple[str, str]
) -> None:
    assert services
    ill = CONTRACT.replace("BETA: two}", "BETA: two}, health: {log_ready: NEVER SAID, within: 1s}")
    project.write("services.yaml", ill)
    assert project.reconcile("apply", "--auto-approve").code == 4

    again = project.reconcile("apply", "--auto-approve")
    without_a_rule = (project.write("services.yaml", CONTRACT), project.reconcile("plan"))[1]
    healthy = ill.replace("NEVER SAID", "started with").replace("BETA: two", "BETA: three").replace("1s", "20s")
    project.write("services.yaml", healthy)
    cured = project.reconcile("apply", "--auto-approve")

    assert "No changes." in again.out
    warning = "staging/worker: run 1 deployed it and did not see it healthy, and no run has since (RC022"
    assert warning in " ".join(again.out.split())
    assert "staging/api: run 1" not in " ".join(again.out.split())
    assert "RC022" not in without_a_rule.out
    assert cured.code == 0, cured.out
    assert project.reconcile("plan").out == "No changes. Render matches services.yaml.\n"


def test_a_build_that_is_owed_is_built_although_the_file_says_by_now_that_nothing_is(
    project: Project, services: tuple[str, str]
) -> None:
    _, worker = services
    built = CONTRACT.replace("BETA: two}}", "BETA: {value: two, build_time: true}}, deploy: {DEPLOY}}")
    project.write("services.yaml", built.replace("DEPLOY", ""))
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "build_failed"})
    assert project.reconcile("apply", "--auto-approve").code == 4
    project.write("services.yaml", built.replace("DEPLOY", "mode: deploy_only"))

    owed = deploys(project)
    applied = project.reconcile("apply", "--auto-approve")

    assert owed == [{"address": "staging/worker", "target_id": worker, "mode": "build_and_deploy", "owed_by": 1}]
    assert applied.code == 0, applied.out
    assert deploys(project) == []
