"""Who else changes a service: the audit log, deploys that nobody here asked for, and Blueprint syncs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox.rival import TRIGGERS

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox


@pytest.fixture
def log(sandbox: RunningSandbox) -> str:
    return f"/owners/{sandbox.owner_id}/audit-logs"


def entries(client: httpx.Client, log: str, **query: str | int) -> list[dict[str, Any]]:
    answer = client.get(log, params=query)
    assert answer.status_code == 200, answer.text
    return [item["auditLog"] for item in answer.json()]


def write(client: httpx.Client, service_id: str, times: int) -> None:
    for number in range(times):
        client.put(f"/services/{service_id}/env-vars/KEY", json={"value": str(number)})


def test_a_long_log_is_read_page_by_page_both_ways(client: httpx.Client, service_id: str, log: str) -> None:
    write(client, service_id, 5)
    backward = [entry["id"] for entry in entries(client, log, limit=1000)]
    pages = []
    cursor: dict[str, str] = {}
    while page := client.get(log, params={"limit": 2, **cursor}).json():
        pages.append([item["auditLog"]["id"] for item in page])
        cursor = {"cursor": page[-1]["cursor"]}
    first = client.get(log, params={"limit": 4, "direction": "forward"}).json()
    rest = client.get(log, params={"direction": "forward", "cursor": first[-1]["cursor"]}).json()

    assert len(backward) == 6  # the making of the service, and five writes
    assert [entry_id for page in pages for entry_id in page] == backward
    assert [item["auditLog"]["id"] for item in [*first, *rest]] == backward[::-1]


@pytest.mark.parametrize("query", [{"limit": 1001}, {"limit": 0}, {"direction": "up"}, {"startTime": "yesterday"}])
def test_what_the_document_does_not_allow_is_refused(
    client: httpx.Client, log: str, query: dict[str, str | int]
) -> None:
    assert client.get(log, params=query).status_code == 400


def test_only_a_span_of_time_is_told(client: httpx.Client, service_id: str, log: str, sandbox: RunningSandbox) -> None:
    write(client, service_id, 1)
    sandbox.workspace.clock.advance(3600)
    write(client, service_id, 1)
    newest, oldest, *_ = entries(client, log)

    assert [entry["id"] for entry in entries(client, log, startTime=newest["timestamp"])] == [newest["id"]]
    assert newest["id"] not in {entry["id"] for entry in entries(client, log, endTime=oldest["timestamp"])}


@pytest.mark.parametrize("status", [402, 403])
def test_a_log_can_be_out_of_reach(client: httpx.Client, control: httpx.Client, log: str, status: int) -> None:
    assert control.post("/audit-log", json={"status": status}).status_code == 204
    refused = client.get(log)
    assert control.post("/audit-log", json={"status": None}).status_code == 204

    assert refused.status_code == status
    assert "not available" in refused.json()["message"]
    assert client.get(log).status_code == 200
    assert control.post("/audit-log", json={"status": 7}).status_code == 400


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_deploy_is_started_by_something_else(
    client: httpx.Client, control: httpx.Client, service_id: str, trigger: str
) -> None:
    assert control.post("/deploys", json={"service": "worker", "trigger": trigger}).status_code == 204
    newest = client.get(f"/services/{service_id}/deploys").json()[0]["deploy"]
    assert (newest["trigger"], newest["status"]) == (trigger, "created")
    started = client.get(f"/services/{service_id}/events?type=deploy_started").json()[0]["event"]
    assert started["details"]["deployId"] == newest["id"]
    assert started["details"]["trigger"]["manual"] is (trigger == "manual")


@pytest.mark.parametrize("deploy", [{"service": "worker", "trigger": "magic"}, {"service": "nobody"}, {"name": "x"}])
@pytest.mark.usefixtures("service_id")
def test_a_deploy_that_means_nothing_is_refused(control: httpx.Client, deploy: dict[str, str]) -> None:
    assert control.post("/deploys", json=deploy).status_code in {400, 404}


def test_a_blueprint_sync_writes_variables_and_deploys_them(
    client: httpx.Client, control: httpx.Client, service_id: str, log: str, sandbox: RunningSandbox
) -> None:
    write(client, service_id, 1)
    sync = {"service": "worker", "variables": {"KEY": "theirs", "NEW": "too"}, "email": "ann@example.com"}
    assert control.post("/blueprint-syncs", json=sync).status_code == 204
    sandbox.workspace.clock.advance(10)

    assert sandbox.workspace.values(service_id) == {"KEY": "theirs", "NEW": "too"}
    live = sandbox.workspace.rollout(service_id).live
    assert live is not None
    assert (live.trigger, live.variables) == ("blueprint_sync", {"KEY": "theirs", "NEW": "too"})
    created, updated, applied, *_ = entries(client, log)
    assert [entry["event"] for entry in (applied, updated, created)] == [
        "ApplyBlueprintEvent", "UpdateEnvVarsEvent", "CreateEnvVarsEvent",
    ]  # fmt: skip
    assert (applied["actor"]["type"], applied["actor"]["email"]) == ("user", "ann@example.com")
    assert updated["actor"] == {"type": "system"}
    assert {entry["metadata"]["service"] for entry in (applied, updated, created)} == {service_id}
    assert "theirs" not in str(entries(client, log))


def test_a_rival_comes_just_before_a_request(client: httpx.Client, control: httpx.Client, service_id: str) -> None:
    fault = {"method": "POST", "path": "*/deploys", "times": 1}
    control.post("/faults", json=fault | {"deploy": {"service": "worker", "trigger": "new_commit"}})
    control.post("/faults", json=fault | {"blueprint_sync": {"service": "worker", "variables": {"KEY": "theirs"}}})
    path = f"/services/{service_id}/deploys"

    assert client.post(path, json={}).status_code == 202  # it queues behind the other one
    assert [item["deploy"]["trigger"] for item in client.get(path).json()] == ["api", "new_commit", "other"]
    client.post(path, json={})
    triggers = [item["deploy"]["trigger"] for item in client.get(path).json()]
    assert triggers == ["api", "blueprint_sync", "api", "new_commit", "other"]
    assert client.get(f"/services/{service_id}/env-vars/KEY").json()["value"] == "theirs"


def test_a_forced_successor_has_the_trigger_that_was_said(
    client: httpx.Client, control: httpx.Client, service_id: str, sandbox: RunningSandbox
) -> None:
    forced = {"service": "worker", "outcome": "superseded"}
    assert control.put("/deploy-outcomes", json=forced | {"by": "magic"}).status_code == 400
    assert control.put("/deploy-outcomes", json=forced | {"by": "blueprint_sync"}).status_code == 204
    client.post(f"/services/{service_id}/deploys", json={})
    sandbox.workspace.clock.advance(100)
    live = sandbox.workspace.rollout(service_id).live
    assert live is not None
    assert live.trigger == "blueprint_sync"


def test_a_cron_job_has_no_instances_after_its_deploy(client: httpx.Client, sandbox: RunningSandbox) -> None:
    made = client.post("/services", json={"type": "cron_job", "name": "nightly", "ownerId": sandbox.owner_id}).json()
    path = f"/services/{made['service']['id']}"
    sandbox.workspace.clock.advance(10)
    client.post(f"{path}/deploys", json={"deployMode": "deploy_only"})
    sandbox.workspace.clock.advance(10)

    assert client.get(f"{path}/deploys").json()[0]["deploy"]["status"] == "live"
    assert client.get(f"{path}/instances").json() == []
