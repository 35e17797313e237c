"""Answers are valid against Render's own OpenAPI document, where that is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openapi_core.validation.response.exceptions import InvalidData

from reconciler.sandbox.rival import TRIGGERS
from tests.conformance.document import at_hand, check

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox

pytestmark = at_hand


@pytest.fixture
def scenario() -> str:
    return "incident"


@pytest.fixture
def worker(client: httpx.Client) -> str:
    return str(client.get("/services?name=upload-worker-production").json()[0]["service"]["id"])


def test_a_wrong_answer_would_be_noticed(client: httpx.Client, control: httpx.Client) -> None:
    control.post("/faults", json={"path": "/services", "lie": [{"service": {"id": 1}, "cursor": "x"}]})
    with pytest.raises(InvalidData):
        check(client.get("/services"), 200)


def test_workspaces(client: httpx.Client, sandbox: RunningSandbox) -> None:
    check(client.get("/owners"), 200)
    check(client.get(f"/owners/{sandbox.owner_id}"), 200)
    check(client.get("/users"), 200)


def test_audit_logs(client: httpx.Client, control: httpx.Client, sandbox: RunningSandbox, worker: str) -> None:
    path = f"/owners/{sandbox.owner_id}/audit-logs"
    check(client.put(f"/services/{worker}/env-vars/KEY", json={"value": "1"}), 200)
    check(client.put(f"/services/{worker}/secret-files/f", json={"content": "1"}), 201)
    control.post("/edits", json={"service": worker, "key": "KEY", "value": "2"})
    control.post("/blueprint-syncs", json={"service": worker, "variables": {"KEY": "3"}, "deploy": False})
    page = check(client.get(path, params={"limit": 1000, "startTime": "2020-01-01T00:00:00Z"}), 200)
    assert {item["auditLog"]["actor"]["type"] for item in page} == {"user", "rest_api", "system"}
    forward = check(client.get(path, params={"direction": "forward", "limit": 1}), 200)
    check(client.get(path, params={"direction": "forward", "cursor": forward[0]["cursor"]}), 200)
    check(client.get(path, params={"limit": 1001}), 400)
    control.post("/audit-log", json={"status": 403})
    check(client.get(path), 403)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_deploys_of_every_trigger(client: httpx.Client, control: httpx.Client, worker: str, trigger: str) -> None:
    control.post("/deploys", json={"service": worker, "trigger": trigger})
    listed = check(client.get(f"/services/{worker}/deploys"), 200)
    assert listed[0]["deploy"]["trigger"] == trigger
    check(client.get(f"/services/{worker}/events"), 200)


@pytest.mark.parametrize("kind", ["web_service", "background_worker", "private_service", "cron_job", "static_site"])
def test_services_of_every_type(client: httpx.Client, sandbox: RunningSandbox, kind: str) -> None:
    body = {"type": kind, "name": "made", "ownerId": sandbox.owner_id, "serviceDetails": {"runtime": "python"}}
    path = f"/services/{check(client.post('/services', json=body), 201)['service']['id']}"
    check(client.get(path), 200)
    check(client.patch(path, json={"name": "renamed"}), 200)
    check(client.get("/services"), 200)
    check(client.delete(path), 204)
    check(client.get(path), 404)


def test_refusals(client: httpx.Client, control: httpx.Client, worker: str) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    check(client.get("/services", headers=wrong), 401)
    key = control.post("/keys", json={"owners": []}).json()["key"]
    check(client.get(f"/services/{worker}", headers={"Authorization": f"Bearer {key}"}), 403)
    control.post("/rate-limits", json={"limits": {"get": 0}})
    check(client.get(f"/services/{worker}"), 429)
