"""Answers are valid against Render's own OpenAPI document, where that is at hand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.response.exceptions import InvalidData
from werkzeug.datastructures import Headers, ImmutableMultiDict

from reconciler.sandbox.rival import TRIGGERS

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox

DOCUMENT = Path(__file__).parents[2].parent / "shared" / "render" / "openapi.json"

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="Render's OpenAPI document is not at hand")


class SentRequest:
    """A request as the validator wants it."""

    def __init__(self, response: httpx.Response) -> None:
        request = response.request
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(list(request.url.params.multi_items())), header=Headers(dict(request.headers))
        )
        self.host_url = "https://api.render.com"
        self.path = request.url.path
        self.method = request.method.lower()
        self.body = request.content
        self.content_type = request.headers.get("content-type", "application/json")


class ReceivedResponse:
    """A response as the validator wants it."""

    def __init__(self, response: httpx.Response) -> None:
        self.status_code = response.status_code
        self.data = response.content
        self.content_type = response.headers.get("content-type", "").partition(";")[0]
        self.headers: dict[str, Any] = dict(response.headers)


def loosened(node: object) -> object:
    """Turn each `oneOf` into `anyOf`: the details of a web service match those of a worker too, in any answer."""
    if isinstance(node, list):
        return [loosened(item) for item in node]
    if isinstance(node, dict):
        return {"anyOf" if key == "oneOf" else key: loosened(value) for key, value in node.items()}
    return node


@cache
def document() -> OpenAPI:
    spec: Any = loosened(json.loads(DOCUMENT.read_text()))
    # What the document gets wrong about Render itself: it requires a property that it never declares, and leaves out
    # the envelope in the list of groups (see endpoints/env_groups.py). Recorded answers have null where a new deploy
    # has no commit or is not finished, and where nothing is in an environment.
    deploy = spec["components"]["schemas"]["deploy"]["properties"]
    inside = spec["components"]["schemas"]["environment"]["properties"]
    for schema in (
        deploy["commit"],
        deploy["finishedAt"],
        *(inside[name] for name in ("databasesIds", "redisIds", "serviceIds", "envGroupIds")),
    ):
        schema["nullable"] = True
    spec["components"]["schemas"]["postgresDetail"]["required"].remove("project")
    answers = spec["paths"]["/env-groups"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    group = answers["items"]
    answers["items"] = {
        "type": "object",
        "required": ["envGroup", "cursor"],
        "properties": {"envGroup": group, "cursor": {"type": "string"}},
    }
    # References into inline schemas (`#/paths/…/oneOf/7/…`) moved with the renaming.
    return OpenAPI.from_dict(json.loads(json.dumps(spec).replace("/oneOf/", "/anyOf/")))


def check(response: httpx.Response, status: int) -> Any:  # noqa: ANN401 — any JSON
    assert response.status_code == status, response.text
    if response.content:
        document().validate_response(SentRequest(response), ReceivedResponse(response))
        return response.json()
    return None


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


def test_variables_and_files(client: httpx.Client, worker: str) -> None:
    path = f"/services/{worker}"
    check(client.get(f"{path}/env-vars"), 200)
    check(client.put(f"{path}/env-vars/KEY", json={"value": "1"}), 200)
    check(client.get(f"{path}/env-vars/KEY"), 200)
    check(client.put(f"{path}/env-vars", json=[{"key": "KEY", "value": "1"}]), 200)
    check(client.put(f"{path}/env-vars/1", json={"value": "1"}), 400)
    check(client.get(f"{path}/env-vars/NONE"), 404)
    check(client.delete(f"{path}/env-vars/KEY"), 204)
    check(client.put(f"{path}/secret-files/f", json={"content": "1"}), 201)
    check(client.get(f"{path}/secret-files/f"), 200)
    check(client.get(f"{path}/secret-files"), 200)
    check(client.put(f"{path}/secret-files", json=[{"name": "f", "content": "1"}]), 200)
    check(client.delete(f"{path}/secret-files/f"), 204)


def test_groups(client: httpx.Client, sandbox: RunningSandbox, worker: str) -> None:
    body = {"name": "g", "ownerId": sandbox.owner_id, "envVars": [{"key": "A", "value": "1"}]}
    path = f"/env-groups/{check(client.post('/env-groups', json=body), 201)['id']}"
    check(client.post(f"{path}/services/{worker}"), 200)
    check(client.get("/env-groups"), 200)
    check(client.get(path), 200)
    check(client.patch(path, json={"name": "h"}), 200)
    check(client.put(f"{path}/env-vars/B", json={"generateValue": True}), 200)
    check(client.get(f"{path}/env-vars/B"), 200)
    check(client.put(f"{path}/secret-files/f", json={"content": "1"}), 200)
    check(client.get(f"{path}/secret-files/f"), 200)
    check(client.delete(f"{path}/services/{worker}"), 204)
    check(client.delete(path), 204)


def test_deploys_jobs_events_instances_and_logs(client: httpx.Client, sandbox: RunningSandbox, worker: str) -> None:
    path = f"/services/{worker}"
    deploy = check(client.post(f"{path}/deploys", json={}), 201)
    check(client.post(f"{path}/deploys", json={}), 202)
    check(client.get(f"{path}/deploys"), 200)
    check(client.get(f"{path}/deploys/{deploy['id']}"), 200)
    check(client.post(f"{path}/deploys/{deploy['id']}/cancel"), 200)
    job = check(client.post(f"{path}/jobs", json={"startCommand": "echo"}), 201)
    check(client.get(f"{path}/jobs"), 200)
    check(client.get(f"{path}/jobs/{job['id']}"), 200)
    check(client.post(f"{path}/restart"), 200)
    check(client.get(f"{path}/instances"), 200)
    check(client.get(f"{path}/events?limit=100"), 200)
    check(client.get(f"/logs?ownerId={sandbox.owner_id}&resource={worker}"), 200)
    check(client.post(f"{path}/suspend"), 202)
    check(client.post(f"{path}/resume"), 202)


@pytest.mark.parametrize("path", ["postgres", "key-value"])
def test_datastores(client: httpx.Client, sandbox: RunningSandbox, path: str) -> None:
    body = {"name": "db", "ownerId": sandbox.owner_id, "plan": "free", "version": "17"}
    one = f"/{path}/{check(client.post(f'/{path}', json=body), 201)['id']}"
    check(client.get(f"/{path}"), 200)
    check(client.get(one), 200)
    check(client.get(f"{one}/connection-info"), 200)
    check(client.delete(one), 204)


def test_refusals(client: httpx.Client, control: httpx.Client, worker: str) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    check(client.get("/services", headers=wrong), 401)
    key = control.post("/keys", json={"owners": []}).json()["key"]
    check(client.get(f"/services/{worker}", headers={"Authorization": f"Bearer {key}"}), 403)
    control.post("/rate-limits", json={"limits": {"get": 0}})
    check(client.get(f"/services/{worker}"), 429)
