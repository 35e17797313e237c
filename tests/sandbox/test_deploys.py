"""Deploys: one at a time, one waiting, and each with the variables of its own start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import NO_LIMITS, RunningSandbox, Timing, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

SLOW = Timing(created=30, build=120, pre_deploy=60, update=150, job=60)
"""Seconds: so long that no phase ends before a test moves the clock, however slow the machine is."""


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running("empty", limits=NO_LIMITS, timing=SLOW) as sandbox:
        yield sandbox


@pytest.fixture
def path(service_id: str) -> str:
    return f"/services/{service_id}/deploys"


def listed(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    return [item["deploy"] for item in client.get(path).json()]


def test_a_deploy_goes_through_its_phases_and_replaces_the_live_one(
    client: httpx.Client, path: str, sandbox: RunningSandbox
) -> None:
    (first,) = listed(client, path)
    assert first["status"] == "live"
    made = client.post(path, json={})
    assert made.status_code == 201
    statuses = [made.json()["status"]]
    for seconds in (60, 120, 180):
        sandbox.workspace.clock.advance(seconds)
        statuses.append(client.get(f"{path}/{made.json()['id']}").json()["status"])
    assert statuses == ["created", "build_in_progress", "update_in_progress", "live"]
    assert [deploy["status"] for deploy in listed(client, path)] == ["live", "deactivated"]


def test_deploy_only_builds_nothing(client: httpx.Client, path: str, sandbox: RunningSandbox) -> None:
    made = client.post(path, json={"deployMode": "deploy_only"}).json()
    sandbox.workspace.clock.advance(60)
    assert client.get(f"{path}/{made['id']}").json()["status"] == "update_in_progress"


@pytest.mark.parametrize("extra", [{"commitId": "abc"}, {"imageUrl": "nginx"}, {"clearCache": "clear"}])
def test_deploy_only_goes_with_nothing_about_builds(client: httpx.Client, path: str, extra: dict[str, str]) -> None:
    assert client.post(path, json={"deployMode": "deploy_only", **extra}).status_code == 400
    assert len(listed(client, path)) == 1


def test_a_second_deploy_waits_and_a_third_takes_its_place(
    client: httpx.Client, path: str, sandbox: RunningSandbox
) -> None:
    assert client.post(path, json={}).status_code == 201
    for _ in range(2):
        queued = client.post(path, json={})
        assert (queued.status_code, queued.content) == (202, b"")
    assert [deploy["status"] for deploy in listed(client, path)] == ["queued", "canceled", "created", "live"]
    sandbox.workspace.clock.advance(1000)
    assert [deploy["status"] for deploy in listed(client, path)] == ["live", "canceled", "deactivated", "deactivated"]


def test_a_queued_deploy_sees_the_variables_of_its_start(
    client: httpx.Client, path: str, service_id: str, sandbox: RunningSandbox
) -> None:
    client.post(path, json={})
    client.post(path, json={})
    client.put(f"/services/{service_id}/env-vars/KEY", json={"value": "in between"})
    sandbox.workspace.clock.advance(1000)
    client.put(f"/services/{service_id}/env-vars/KEY", json={"value": "too late"})
    first, queued = sandbox.workspace.rollout(service_id).deploys[1:]
    assert (first.variables, queued.variables) == ({}, {"KEY": "in between"})


def test_a_deploy_is_found_by_when_it_was_created(client: httpx.Client, path: str, sandbox: RunningSandbox) -> None:
    before = listed(client, path)[0]["createdAt"]
    client.post(path, json={})
    newer = client.get(path, params={"createdAfter": before}).json()
    assert len(newer) == 1
    assert client.get(path, params={"createdAfter": "yesterday"}).status_code == 400
    sandbox.workspace.clock.advance(1000)
    assert len(client.get(path, params={"status": "live"}).json()) == 1


def test_a_deploy_can_be_canceled_while_it_runs_only(
    client: httpx.Client, path: str, service_id: str, sandbox: RunningSandbox
) -> None:
    made = client.post(path, json={}).json()
    assert client.post(f"{path}/{made['id']}/cancel").json()["status"] == "canceled"
    assert client.post(f"{path}/{made['id']}/cancel").status_code == 400
    sandbox.workspace.clock.advance(1000)
    assert [deploy["status"] for deploy in listed(client, path)] == ["canceled", "live"]
    assert len(client.get(f"/services/{service_id}/instances").json()) == 1


@pytest.mark.parametrize(
    ("outcome", "statuses"),
    [
        ("build_failed", ["build_failed", "live"]),
        ("update_failed", ["update_failed", "live"]),
        ("pre_deploy_failed", ["pre_deploy_failed", "live"]),
        ("canceled", ["canceled", "live"]),
        ("never_ends", ["update_in_progress", "live"]),
        ("superseded", ["live", "canceled", "deactivated"]),
        ("deactivated", ["live", "deactivated", "deactivated"]),
        ("answered_202", ["live", "deactivated"]),
    ],
)
def test_an_outcome_can_be_forced(
    client: httpx.Client, control: httpx.Client, path: str, sandbox: RunningSandbox, outcome: str, statuses: list[str]
) -> None:
    assert control.put("/deploy-outcomes", json={"service": "worker", "outcome": outcome}).status_code == 204
    assert client.post(path, json={}).status_code == (202 if outcome == "answered_202" else 201)
    sandbox.workspace.clock.advance(10_000)
    assert [deploy["status"] for deploy in listed(client, path)] == statuses


def test_a_restart_does_not_pick_up_new_variables(
    client: httpx.Client, service_id: str, sandbox: RunningSandbox
) -> None:
    client.put(f"/services/{service_id}/env-vars/KEY", json={"value": "new"})
    (before,) = client.get(f"/services/{service_id}/instances").json()
    assert client.post(f"/services/{service_id}/restart").status_code == 200
    (after,) = client.get(f"/services/{service_id}/instances").json()
    assert after["id"] != before["id"]
    sandbox.workspace.clock.advance(1)
    query = {"ownerId": sandbox.owner_id, "resource": service_id, "instance": after["id"], "direction": "forward"}
    assert client.get("/logs", params=query).json()["logs"][0]["message"] == "worker: started with 0 variables"


def test_a_suspended_service_runs_nothing_until_it_is_resumed(
    client: httpx.Client, path: str, service_id: str, sandbox: RunningSandbox
) -> None:
    assert client.post(f"/services/{service_id}/suspend").status_code == 202
    assert client.get(f"/services/{service_id}").json()["suspended"] == "suspended"
    assert client.get(f"/services/{service_id}/instances").json() == []
    assert client.post(path, json={}).status_code == 409
    assert client.post(f"/services/{service_id}/resume").status_code == 202
    sandbox.workspace.clock.advance(1000)
    assert len(client.get(f"/services/{service_id}/instances").json()) == 1


def test_events_tell_of_deploys_and_of_people(client: httpx.Client, service_id: str) -> None:
    client.post(f"/services/{service_id}/restart")
    events = [item["event"] for item in client.get(f"/services/{service_id}/events").json()]
    assert [event["type"] for event in events] == ["server_restarted", "deploy_ended", "deploy_started"]
    ended = client.get(f"/services/{service_id}/events?type=deploy_ended").json()[0]["event"]
    assert ended["details"]["deployStatus"] == "succeeded"


def test_scaling_changes_the_number_of_instances(client: httpx.Client, service_id: str) -> None:
    for count in (3, 1):
        assert client.post(f"/services/{service_id}/scale", json={"numInstances": count}).status_code == 202
        assert len(client.get(f"/services/{service_id}/instances").json()) == count
