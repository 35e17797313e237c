"""The web services themselves: `/workloads/<slug>/…` answers as the program that runs there would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from reconciler.sandbox.answer import json_response
from reconciler.sandbox.endpoints.asking import workspace_of
from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.instance import LogLine

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.record import Service

_OPEN = ("web_service", "static_site")


async def answer(request: Request) -> Response:
    """Answer 200 while the program is up, 503 while it is not, 404 for what it does not have."""
    workspace, slug = workspace_of(request), request.path_params["slug"]
    service = next((each for each in workspace.services if each.slug == slug and each.type in _OPEN), None)
    if service is None:
        return json_response({"message": "no such service"}, 404)
    path = "/" + request.path_params.get("rest", "")
    now = workspace.now()
    rollout = workspace.rollout(service.id)
    up = rollout.live is not None if service.type == "static_site" else rollout.healthy(now)
    known = path in {"/", "/health", service.health_check_path}
    status = 503 if not up else 200 if known else 404
    _note(request, service, path, status)
    return json_response({"status": "ok" if status == 200 else "error"}, status)  # noqa: PLR2004 — 200 is 200


def _note(request: Request, service: Service, path: str, status: int) -> None:
    workspace = workspace_of(request)
    labels = (
        ("resource", service.id),
        ("type", "request"),
        ("level", "info"),
        ("method", request.method),
        ("path", path),
        ("statusCode", str(status)),
        ("host", request.url.netloc),
    )
    line = LogLine(new_id("log"), workspace.now(), f"{request.method} {path} {status}", labels)
    workspace.log_request(service.id, line)


ROUTES = [
    Route("/workloads/{slug}", answer, methods=["GET"]),
    Route("/workloads/{slug}/{rest:path}", answer, methods=["GET"]),
]
