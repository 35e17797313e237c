"""Env groups: their variables, the links to them, and everybody whom a change of one reaches."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.stories.conftest import Project

HEAD = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      production: {workspace: tea-d1example0example0ex, protected: false}
"""
CONTRACT = (
    HEAD
    + """\
    services:
      api: {render: {staging: api}, env_groups: [common]}
      worker:
        render: {staging: worker}
        variables: {ALPHA: one}
        env_groups: [common]
    env_groups:
      common:
        render: {staging: common}
        variables:
          REGION: eu
          OLD: {absent: true}
          ADDED: new
"""
)
READ_ONLY = (
    HEAD
    + """\
    services:
      api: {render: {staging: api}}
      other: {render: {production: other}, read_only: true}
    env_groups:
      common: {render: {staging: common}, variables: {REGION: eu}}
"""
)
TWO_ENVIRONMENTS = (
    HEAD
    + """\
    services:
      api: {render: {staging: api, production: api-production}}
    env_groups:
      common: {render: {staging: common}, variables: {REGION: eu}}
"""
)


def group(project: Project, name: str, variables: Mapping[str, str], *services: str) -> str:
    """Put a group with links on Render; return its id."""
    pairs = [{"key": key, "value": value} for key, value in variables.items()]
    body = {
        "name": name, "ownerId": project.sandbox.owner_id, "envVars": pairs, "serviceIds": list(services),
    }  # fmt: skip
    return str(project.api("POST", "/env-groups", body)["id"])


def held(project: Project, group_id: str) -> dict[str, str]:
    return dict(project.sandbox.workspace.holding(group_id).values())


def links(project: Project, group_id: str) -> set[str]:
    return {link["id"] for link in project.api("GET", f"/env-groups/{group_id}")["serviceLinks"]}


def deploys(project: Project, service_id: str) -> int:
    return len(project.sandbox.workspace.rollout(service_id).deploys)


@pytest.mark.parametrize("enveloped", [True, False], ids=["in envelopes", "bare"])
def test_variables_are_written_links_added_and_every_service_deployed_once(
    project: Project,
    enveloped: bool,  # noqa: FBT001 — a parameter of the test
) -> None:
    project.control("POST", "/shapes", {"group_envelope": enveloped})
    project.write("services.yaml", CONTRACT)
    api, worker = project.service("api", {}), project.service("worker", {"ALPHA": "old"})
    stranger = project.service("stranger", {})
    common = group(project, "common", {"REGION": "us", "OLD": "x", "MINE": "kept"}, api, stranger)
    before = {service: deploys(project, service) for service in (api, worker, stranger)}

    shown = project.reconcile("plan", "-e", "staging")
    project.forget_requests()
    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    assert f"groups/common = {common}" in " ".join(shown.out.split())
    assert "staging/groups/common" in shown.out
    assert f"reach stranger ({stranger}), not in services.yaml" in " ".join(shown.out.split())
    assert "2 deploys" in shown.out
    assert run.code == 0, run.out + run.err
    assert held(project, common) == {"REGION": "eu", "ADDED": "new", "MINE": "kept"}
    assert links(project, common) == {api, worker, stranger}
    assert {service: deploys(project, service) - before[service] for service in before} == {
        api: 1, worker: 1, stranger: 0,
    }  # fmt: skip
    writes = project.writes()
    root = f"/v1/env-groups/{common}"
    assert sorted(write for write in writes if "/env-groups/" in write) == [
        f"DELETE {root}/env-vars/OLD",
        f"POST {root}/services/{worker}",
        f"PUT {root}/env-vars/ADDED",
        f"PUT {root}/env-vars/REGION",
    ]
    last_write = max(place for place, write in enumerate(writes) if f"{root}/env-vars" in write)
    assert writes.index(f"POST /v1/services/{api}/deploys") > last_write
    assert writes.index(f"POST /v1/services/{worker}/deploys") > last_write
    assert project.reconcile("plan", "-e", "staging").out.startswith("No changes.")


def test_with_chosen_services_their_links_are_planned_and_no_group_variables(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    api, worker = project.service("api", {}), project.service("worker", {"ALPHA": "one"})
    common = group(project, "common", {"REGION": "us"}, api)

    run = project.reconcile("apply", "-e", "staging", "-s", "worker", "--auto-approve", "--format", "json")

    assert run.code == 0, run.err
    assert [step["address"] for one in json.loads(run.out)["services"] for step in one["steps"]] == [
        "staging/worker/groups/common"
    ]
    assert held(project, common) == {"REGION": "us"}
    assert links(project, common) == {api, worker}


def test_a_group_that_another_environment_has_a_link_to_is_planned_with_it_or_not_at_all(project: Project) -> None:
    project.write("services.yaml", TWO_ENVIRONMENTS)
    api, production = project.service("api", {}), project.service("api-production", {})
    common = group(project, "common", {"REGION": "us"}, api, production)

    alone = project.reconcile("plan", "-e", "staging", "-o", "p.json")
    refused = project.reconcile("apply", "p.json")
    both = project.reconcile("plan", "-e", "staging", "-e", "production", "-o", "p.json")
    run = project.reconcile("apply", "p.json")

    assert alone.code == 1
    assert "changes of this group reach production/api too" in alone.out
    assert "plan with -e staging -e production" in alone.out
    assert refused.code == 3
    assert both.code == 0, both.out
    assert run.code == 0, run.out + run.err
    assert held(project, common) == {"REGION": "eu"}
    assert deploys(project, production) == 2


def test_a_read_only_service_that_a_group_reaches_keeps_it_from_being_changed(project: Project) -> None:
    project.write("services.yaml", READ_ONLY)
    api, other = project.service("api", {}), project.service("other", {})
    common = group(project, "common", {"REGION": "us"}, api, other)
    project.forget_requests()

    project.reconcile("plan", "-o", "p.json")
    run = project.reconcile("apply", "p.json")

    assert run.code == 3
    assert "production/other, declared read-only" in run.err
    assert project.writes() == []
    assert held(project, common) == {"REGION": "us"}


def test_where_a_group_is_not_written_what_it_reaches_is_not_deployed_and_others_go_on(project: Project) -> None:
    contract = CONTRACT.replace(
        "      worker:\n", "      free: {render: {staging: free}, variables: {A: b}}\n      worker:\n"
    )
    project.write("services.yaml", contract)
    api, worker = project.service("api", {}), project.service("worker", {"ALPHA": "old"})
    free = project.service("free", {})
    group(project, "common", {"REGION": "us"}, api, worker)
    before = {service: deploys(project, service) for service in (api, worker, free)}
    project.control("POST", "/faults", {"method": "PUT", "path": "*/env-groups/*/REGION", "status": 403})

    run = project.reconcile("apply", "-e", "staging", "--auto-approve", "--format", "json")

    assert run.code == 4
    results = {one["address"]: one["deploy"] for one in json.loads(run.out)["services"]}
    assert results["staging/free"]["result"] == "live"
    assert results["staging/groups/common"]["result"] == "not_needed"
    for name in ("api", "worker"):
        assert results[f"staging/{name}"]["result"] == "not_requested"
        assert "staging/groups/common" in results[f"staging/{name}"]["detail"]
    assert project.variables(worker) == {"ALPHA": "one"}
    assert {service: deploys(project, service) - before[service] for service in before} == {api: 0, worker: 0, free: 1}


def test_a_link_that_somebody_else_made_meanwhile_is_not_sent_again(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    api, worker = project.service("api", {}), project.service("worker", {"ALPHA": "one"})
    common = group(project, "common", {"REGION": "eu", "ADDED": "new"}, api)
    listed = project.api("GET", f"/env-groups/{common}")
    project.api("POST", f"/env-groups/{common}/services/{worker}")
    lie = {"method": "GET", "path": f"*/env-groups/{common}", "times": 1, "lie": listed}
    project.control("POST", "/faults", lie)
    project.forget_requests()

    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    assert run.code == 0, run.out + run.err
    assert project.writes() == [f"POST /v1/services/{worker}/deploys"]


def test_a_plan_says_who_else_is_reached_since_it_was_made(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    api, _ = project.service("api", {}), project.service("worker", {"ALPHA": "one"})
    stranger = project.service("stranger", {})
    common = group(project, "common", {"REGION": "us"}, api)
    project.reconcile("plan", "-e", "staging", "-o", "p.json")
    project.api("POST", f"/env-groups/{common}/services/{stranger}")
    project.forget_requests()

    run = project.reconcile("apply", "p.json")

    assert run.code == 3
    assert "staging/groups/common: whom its changes reach is not the same" in run.err
    assert f"stranger ({stranger})" in run.err
    assert project.writes() == []


@pytest.mark.parametrize("names", [["commn"], ["common", "common"]], ids=["there is none", "two of one name"])
def test_a_group_that_cannot_be_told_is_an_error_with_its_place(project: Project, names: list[str]) -> None:
    project.write("services.yaml", CONTRACT)
    project.service("api", {})
    project.service("worker", {})
    for name in names:
        group(project, name, {})

    run = project.reconcile("plan", "-e", "staging")

    assert run.code == 1
    assert "services.yaml:12:3" in run.err
    assert ("did you mean `commn`" if len(names) == 1 else "2 env groups named `common`") in run.err


def test_a_service_that_a_group_reached_in_vain_owes_its_deploy_and_the_others_do_not(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    api, worker = project.service("api", {}), project.service("worker", {"ALPHA": "one"})
    group(project, "common", {"REGION": "us"}, api, worker)
    project.control("PUT", "/deploy-outcomes", {"service": "api", "outcome": "update_failed"})
    assert project.reconcile("apply", "-e", "staging", "--auto-approve").code == 4

    plan = json.loads(project.reconcile("plan", "-e", "staging", "--format", "json").out)
    project.forget_requests()
    run = project.reconcile("apply", "-e", "staging", "--auto-approve")
    after = project.reconcile("plan", "-e", "staging")

    assert [one["change"]["actions"] for one in plan["resource_changes"] if one["change"]["actions"] != ["no-op"]] == []
    assert plan["deploys"] == [{"address": "staging/api", "target_id": api, "mode": "deploy_only", "owed_by": 1}]
    assert run.code == 0, run.out
    assert project.writes() == [f"POST /v1/services/{api}/deploys"]
    assert after.out.startswith("No changes. Render matches services.yaml.")


def test_what_a_run_did_to_a_group_is_rolled_back_for_all_whom_it_reaches_but_links_stay(project: Project) -> None:
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32)}
    project.write("services.yaml", CONTRACT)
    api, worker = project.service("api", {}), project.service("worker", {"ALPHA": "one"})
    before = {"REGION": "us", "OLD": "was here", "MINE": "kept"}
    common = group(project, "common", before, api)
    assert project.reconcile("apply", "-e", "staging", "--auto-approve").code == 0
    done = {service: deploys(project, service) for service in (api, worker)}

    planned = project.reconcile("rollback", "1", "-o", "r.json")
    applied = project.reconcile("apply", "r.json")

    said = " ".join(planned.out.split())
    assert planned.code == 0, planned.out + planned.err
    assert "staging/worker/groups/common: left as it is: reconcile never removes a link to an env group" in said
    assert applied.code == 0, applied.out + applied.err
    assert held(project, common) == before
    assert links(project, common) == {api, worker}
    assert {service: deploys(project, service) - done[service] for service in done} == {api: 1, worker: 1}


@pytest.mark.parametrize("own", ["one", "old"], ids=["nothing of its own", "a value of its own"])
def test_an_env_group_keeps_its_values_where_a_service_does_not_work_with_them_and_that_is_said(
    project: Project, own: str
) -> None:
    project.write("services.yaml", CONTRACT)
    api, worker = project.service("api", {}), project.service("worker", {"ALPHA": own})
    common = group(project, "common", {"REGION": "us"}, api, worker)
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed", "times": 1})

    run = project.reconcile("apply", "-e", "staging", "--auto-approve", "--on-failure", "rollback")

    assert run.code == 4
    assert "staging/worker: the new values of staging/groups/common stay" in run.out
    assert held(project, common) == {"REGION": "eu", "ADDED": "new"}
    assert project.variables(worker) == {"ALPHA": own}
