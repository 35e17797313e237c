"""Every endpoint that the sandbox serves is Render's, and answers and refuses as Render's OpenAPI document says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox.application import API_ROUTES
from tests.conformance.document import at_hand, check, check_answer, check_request, corrected

if TYPE_CHECKING:
    import httpx
    from starlette.routing import Route

    from reconciler.sandbox import RunningSandbox

pytestmark = at_hand

NOBODY = "srv-00000000000000000000"


def method_of(route: Route) -> str:
    """Return the method that a route answers, beside HEAD."""
    (method,) = (route.methods or set()) - {"HEAD"}
    return method


ROUTES = [(method_of(route), route.path) for route in API_ROUTES]


@dataclass
class Tour:
    """A client that checks whatever it sends and gets, and remembers which endpoints it was at."""

    client: httpx.Client
    visited: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, method: str, path: str, status: int, body: object = None) -> Any:  # noqa: ANN401 — any JSON
        answer = self.client.request(method, path, json=body)
        content = check(answer, status)
        if status < 300:
            check_request(answer.request)
            bare = path.partition("?")[0]
            self.visited |= {
                route
                for route, served in zip(ROUTES, API_ROUTES, strict=True)
                if route[0] == method and served.path_regex.fullmatch(bare)
            }
        return content


@pytest.fixture
def tour(client: httpx.Client) -> Tour:
    return Tour(client)


def visit_services(tour: Tour, owner: str) -> str:
    details = {"runtime": "python", "envSpecificDetails": {"buildCommand": "make", "startCommand": "run"}}
    body = {"type": "web_service", "name": "a", "ownerId": owner, "repo": "https://x.test/a", "serviceDetails": details}
    service = str(tour("POST", "/services", 201, body)["service"]["id"])
    path = f"/services/{service}"
    tour("POST", "/services", 409, body)
    tour("GET", "/services?limit=5", 200)
    tour("GET", "/services?limit=0", 400)
    tour("GET", path, 200)
    tour("PATCH", path, 200, {"name": "b"})
    tour("POST", f"{path}/scale", 202, {"numInstances": 2})
    tour("POST", f"{path}/restart", 200)
    tour("POST", f"{path}/preview", 200, {"imagePath": "docker.io/library/nginx:latest", "name": "p"})
    for part in ("instances", "custom-domains", "events?limit=100"):
        tour("GET", f"{path}/{part}", 200)
    tour("GET", f"/logs?ownerId={owner}&resource={service}", 200)
    tour("GET", "/logs", 400)
    override = f"/notification-settings/overrides{path}"
    tour("GET", override, 200)
    tour("PATCH", override, 200, {"notificationsToSend": "failure"})
    tour("PATCH", override, 400, {"notificationsToSend": "sometimes"})
    return service


def visit_entries(tour: Tour, holder: str) -> None:
    listed = holder.startswith("/services")
    for part, name, text, made in (
        ("env-vars", "key", "value", 200),
        ("secret-files", "name", "content", 201 if listed else 200),
    ):
        path = f"{holder}/{part}"
        tour("PUT", f"{path}/KEY", made, {text: "1"})
        tour("PUT", f"{path}/KEY", 400, {text: ""})
        tour("GET", f"{path}/KEY", 200)
        tour("GET", f"{path}/NONE", 404)
        if listed:
            tour("PUT", path, 200, [{name: "KEY", text: "1"}])
            tour("PUT", path, 400, [{name: "KEY", text: "1"}] * 2)
            tour("GET", path, 200)
        tour("DELETE", f"{path}/KEY", 204)
        tour("DELETE", f"{path}/KEY", 404)
    tour("PUT", f"{holder}/env-vars/1", 400, {"value": "1"})
    tour("PUT", f"{holder}/env-vars/MADE", 200, {"generateValue": True})


def visit_deploys_and_jobs(tour: Tour, service: str, sandbox: RunningSandbox) -> None:
    path = f"/services/{service}"
    sandbox.workspace.clock.advance(10)
    deploy = tour("POST", f"{path}/deploys", 201, {"deployMode": "build_and_deploy"})
    tour("POST", f"{path}/deploys", 202, {})
    tour("POST", f"{path}/deploys", 400, {"deployMode": "deploy_only", "clearCache": "clear"})
    tour("GET", f"{path}/deploys", 200)
    tour("GET", f"{path}/deploys/{deploy['id']}", 200)
    tour("POST", f"{path}/deploys/{deploy['id']}/cancel", 200)
    tour("POST", f"{path}/deploys/{deploy['id']}/cancel", 400)
    jobs = [tour("POST", f"{path}/jobs", 201, {"startCommand": "echo"})["id"] for _ in range(2)]
    tour("GET", f"{path}/jobs", 200)
    tour("POST", f"{path}/jobs/{jobs[0]}/cancel", 200)
    tour("GET", f"{path}/jobs/{jobs[0]}", 200)
    tour("GET", f"{path}/jobs/job-none", 404)


def visit_groups(tour: Tour, owner: str, service: str) -> None:
    body = {"name": "g", "ownerId": owner, "envVars": [{"key": "A", "value": "1"}]}
    path = f"/env-groups/{tour('POST', '/env-groups', 201, body)['id']}"
    tour("GET", "/env-groups", 200)
    tour("GET", path, 200)
    tour("PATCH", path, 200, {"name": "h"})
    tour("PATCH", path, 400, {"name": ""})
    visit_entries(tour, path)
    tour("POST", f"{path}/services/{service}", 200)
    tour("DELETE", f"{path}/services/{service}", 204)
    tour("DELETE", f"{path}/services/{service}", 404)
    tour("DELETE", path, 204)


def visit_projects(tour: Tour, owner: str) -> None:
    body = {"name": "p", "ownerId": owner, "environments": [{"name": "production", "protectedStatus": "protected"}]}
    project = tour("POST", "/projects", 201, body)
    path, inside = f"/projects/{project['id']}", f"/environments/{project['environmentIds'][0]}"
    tour("GET", "/projects", 200)
    tour("GET", path, 200)
    tour("PATCH", path, 200, {"name": "q"})
    other = tour("POST", "/environments", 201, {"name": "staging", "projectId": project["id"]})
    tour("GET", f"/environments?projectId={project['id']}", 200)
    tour("PATCH", inside, 200, {"networkIsolationEnabled": True})
    tour("PATCH", inside, 400, {"protectedStatus": "somewhat"})
    group = tour(
        "POST", "/env-groups", 201, {"name": "i", "ownerId": owner, "environmentId": other["id"], "envVars": []}
    )
    assert tour("GET", f"/environments/{other['id']}", 200)["envGroupIds"] == [group["id"]]
    tour("DELETE", f"/environments/{other['id']}", 409)
    tour("DELETE", path, 409)
    tour("DELETE", f"/env-groups/{group['id']}", 204)
    tour("DELETE", inside, 204)
    tour("DELETE", path, 204)
    tour("GET", f"/environments/{other['id']}", 404)


def visit_datastores(tour: Tour, owner: str) -> None:
    for part in ("postgres", "key-value"):
        body = {"name": "db", "ownerId": owner, "plan": "free"} | ({"version": "17"} if part == "postgres" else {})
        path = f"/{part}/{tour('POST', f'/{part}', 201, body)['id']}"
        tour("GET", f"/{part}", 200)
        tour("GET", path, 200)
        tour("GET", f"{path}/connection-info", 200)
        tour("DELETE", path, 204)
        tour("GET", path, 404)


def visit_workspaces(tour: Tour, owner: str) -> None:
    for path in ("/owners", f"/owners/{owner}", f"/owners/{owner}/audit-logs", "/users"):
        tour("GET", path, 200)
    tour("GET", "/owners/tea-none", 404)


def test_every_endpoint_answers_as_documented(tour: Tour, sandbox: RunningSandbox) -> None:
    owner = sandbox.owner_id
    service = visit_services(tour, owner)
    path = f"/services/{service}"
    visit_entries(tour, path)
    visit_deploys_and_jobs(tour, service, sandbox)
    visit_groups(tour, owner, service)
    visit_projects(tour, owner)
    visit_datastores(tour, owner)
    visit_workspaces(tour, owner)
    tour("POST", f"{path}/suspend", 202)
    tour("POST", f"{path}/resume", 202)
    tour("DELETE", path, 204)
    # A resource without a log stream of its own is all that there is: its answer is 404.
    assert set(ROUTES) - tour.visited == {("GET", "/logs/streams/resource/{resource_id}")}
    tour("GET", f"/logs/streams/resource/{service}", 404)


def test_the_sandbox_serves_nothing_that_render_does_not() -> None:
    documented = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, item in corrected()["paths"].items()
        for method in item
    }
    served = {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in ROUTES}
    assert served - documented == set()


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_error_is_as_documented(
    client: httpx.Client, control: httpx.Client, sandbox: RunningSandbox, method: str, path: str
) -> None:
    """No key, a fault of Render's, an unknown id and a spent rate limit, on each endpoint."""
    filled = re.sub(r"\{\w+\}", NOBODY, path)
    body = {"numInstances": 1, "name": "x", "ownerId": sandbox.owner_id} if method in {"POST", "PATCH"} else None
    unknown = client.request(method, filled, json=body)
    if "{" in path:
        check(unknown, 404)
    else:
        check_answer(unknown)
    check(client.request(method, filled, headers={"Authorization": "Bearer wrong"}, json=body), 401)
    for status in (500, 503):
        control.post("/faults", json={"path": filled, "status": status, "times": 1})
        check(client.request(method, filled, json=body), status)
    control.post("/rate-limits", json={"limits": dict.fromkeys(("get", "logs", "write", "deploy", "create"), 0)})
    check(client.request(method, filled, json=body), 429)
