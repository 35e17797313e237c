"""Log lines, paged by times; here filters are repeated, not comma-separated, says Render's OpenAPI document."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.routing import Route

from reconciler.sandbox.answer import json_response
from reconciler.sandbox.endpoints.asking import key_of, moment, workspace_of
from reconciler.sandbox.logs import LogQuery, find_lines
from reconciler.sandbox.page import page_request
from reconciler.sandbox.payload import logs_payload
from reconciler.sandbox.refusal import bad_request, not_found

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_FILTERS = ("instance", "host", "statusCode", "method", "level", "type", "text", "path")


async def list_logs(request: Request) -> Response:
    """Return lines of resources of one workspace, of the last hour unless asked otherwise."""
    workspace, query = workspace_of(request), request.query_params
    owner_id, resources = query.get("ownerId"), query.getlist("resource")
    if not owner_id or not resources:
        raise bad_request("ownerId and resource are required")
    direction = query.get("direction") or "backward"
    if direction not in {"backward", "forward"}:
        raise bad_request("direction must be backward or forward")
    now = workspace.now()
    asked = LogQuery(
        resources=resources,
        start=moment(request, "startTime") or now - timedelta(hours=1),
        end=moment(request, "endTime") or now,
        backward=direction == "backward",
        limit=page_request(query).limit,
        filters={name: query.getlist(name) for name in _FILTERS if query.getlist(name)},
    )
    return json_response(logs_payload(find_lines(workspace, workspace.owner(key_of(request), owner_id), asked)))


async def get_log_stream(request: Request) -> Response:
    """Say that a resource's log lines are not sent anywhere of its own."""
    raise not_found(request.path_params["resource_id"])


ROUTES = [
    Route("/logs", list_logs, methods=["GET"]),
    Route("/logs/streams/resource/{resource_id}", get_log_stream, methods=["GET"]),
]
