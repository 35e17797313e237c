"""Calls: what planning and applying cost Render, kind by kind, as the plan says it and as the sandbox saw it."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from reconciler.sandbox import add_fleet

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      big: {render: big, variables: {KEY_000: value}}
      worker:
        render: worker
        variables:
          LOG_LEVEL: info
          REGION: oregon
          HOST: {from: {postgres: main-db, property: host}}
          PORT: {from: {postgres: main-db, property: port}}
        secret_files:
          settings.json: {type: json, value: "{}"}
        env_groups: [common]
    env_groups:
      common: {render: common, variables: {TRACING: "on"}}
"""
KINDS = {
    r"/services": "services",
    r"/services/[^/]+/env-vars": "variables",
    r"/services/[^/]+/env-vars/[^/]+": "variable",
    r"/services/[^/]+/secret-files": "secret_files",
    r"/services/[^/]+/secret-files/[^/]+": "secret_file",
    r"/services/[^/]+/deploys": "deploys",
    r"/services/[^/]+/deploys/[^/]+": "deploy",
    r"/env-groups": "groups",
    r"/env-groups/[^/]+": "group",
    r"/env-groups/[^/]+/env-vars/[^/]+": "group_variable",
    r"/postgres": "databases",
    r"/postgres/[^/]+/connection-info": "database_connection",
    r"/owners/[^/]+/audit-logs": "audit_logs",
}


def calls(project: Project) -> tuple[dict[str, int], dict[str, int]]:
    """Return the reads that the sandbox saw by kind, and the writes by method and kind; it forgets them."""
    reads: Counter[str] = Counter()
    writes: Counter[str] = Counter()
    for seen in project.requests():
        path = str(seen["path"]).removeprefix("/v1")
        kind = next(kind for pattern, kind in KINDS.items() if re.fullmatch(pattern, path))
        if seen["method"] == "GET":
            reads[kind] += 1
        else:
            writes[f"{seen['method']} {kind}"] += 1
    project.forget_requests()
    return dict(reads), dict(writes)


def begin(project: Project) -> None:
    """Make services, a group and a database among 100 others, so that the listing has two pages."""
    project.write("services.yaml", CONTRACT)
    add_fleet(project.sandbox.workspace, services=100, variables=1)
    project.service("big", {f"KEY_{number:03}": "value" for number in range(99)})
    worker = project.service("worker", {"LOG_LEVEL": "debug"})
    project.api("PUT", f"/services/{worker}/secret-files/settings.json", {"content": "{}"})
    owner = project.sandbox.owner_id
    project.api("POST", "/postgres", {"name": "main-db", "ownerId": owner, "plan": "free", "version": "16"})
    group = {"name": "common", "ownerId": owner, "envVars": [{"key": "TRACING", "value": "on"}]}
    project.api("POST", "/env-groups", {**group, "serviceIds": [worker]})
    project.forget_requests()


def test_a_plan_itemises_every_request_that_it_sent(project: Project) -> None:
    begin(project)

    document = json.loads(project.reconcile("plan", "--format", "json").out)

    reads, writes = calls(project)
    assert writes == {}
    assert document["estimate"]["reads"] == reads
    # Two services; 102 in the workspace; one database however many of its properties are taken.
    assert reads == {
        "services": 2,
        "variables": 2,
        "secret_files": 1,
        "groups": 1,
        "group": 1,
        "databases": 1,
        "database_connection": 1,
        "audit_logs": 1,
    }


def test_an_apply_sends_the_plan_again_two_calls_a_key_one_last_read_and_the_deploys_that_it_says(
    project: Project,
) -> None:
    begin(project)
    planned = project.reconcile("plan", "-o", "p.json")
    estimate = json.loads((project.folder / "p.json").read_text())["estimate"]
    again, _ = calls(project)
    del again["audit_logs"]

    applied = project.reconcile("apply", "p.json")

    assert applied.code == 0, planned.out + applied.out + applied.err
    reads, writes = calls(project)
    assert writes == {"PUT variable": 4, "POST deploys": 1}
    assert (estimate["writes"], estimate["deploys"]) == (4, 1)
    polls = reads.pop("deploy")
    assert polls >= 1
    # Each key just before its own write; all of the service once more; its deploys before the request and afterwards.
    last = {"variable": 4, "variables": 1, "secret_files": 1, "group": 1, "deploys": 2}
    assert reads == dict(Counter(again) + Counter(last))


def test_a_plan_with_nothing_to_explain_leaves_the_audit_log_alone(project: Project) -> None:
    begin(project)
    assert project.reconcile("apply", "--auto-approve").code == 0
    project.forget_requests()

    document = json.loads(project.reconcile("plan", "--format", "json").out)

    assert document["summary"]["change"] == document["summary"]["add"] == 0
    reads, _ = calls(project)
    assert document["estimate"]["reads"] == reads
    assert "audit_logs" not in reads


def test_the_first_services_are_read_before_the_last_page_of_the_listing_came(project: Project) -> None:
    fleet = add_fleet(project.sandbox.workspace, services=250, variables=1)
    lines = [f"  {each.name}: {{render: {each.name}, variables: {{VARIABLE_000: value-0}}}}" for each in fleet]
    head = ["version: 1", f"environments: {{staging: {{workspace: {project.sandbox.owner_id}}}}}", "services:"]
    project.write("services.yaml", "\n".join([*head, *lines, ""]))
    project.forget_requests()

    assert project.reconcile("plan").code == 0

    paths = [str(seen["path"]) for seen in project.requests()]
    listing = [place for place, path in enumerate(paths) if path == "/v1/services"]
    assert len(listing) == 3
    assert next(place for place, path in enumerate(paths) if path.endswith("/env-vars")) < listing[-1]
    assert len(paths) == 3 + 250


def test_a_deploy_that_takes_longer_is_looked_at_less_often(project: Project) -> None:
    begin(project)
    project.control("POST", "/timing", {"update": 3})

    run = project.reconcile("apply", "--auto-approve", env={"RECONCILE_APPLY_POLL_INTERVAL": "100ms"})

    assert run.code == 0, run.err
    reads, _ = calls(project)
    # Every 100 ms would be thirty; ten come until the wait is four times as long, then one each 400 ms.
    assert 3 <= reads["deploy"] <= 15
