"""Variables and secret files of services and of groups: sixteen endpoints of one shape.

What differs is recorded traffic and Render's OpenAPI document: a service answers a write with the entry (201 for a
file), a group answers with the whole group and has no endpoint to list or replace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from reconciler.sandbox.answer import json_response, no_content
from reconciler.sandbox.endpoints.asking import body_of, key_of, object_of, workspace_of
from reconciler.sandbox.entries import FILES, VARIABLES, Kind, texts_of
from reconciler.sandbox.page import envelope, page_request
from reconciler.sandbox.payload import group_payload
from reconciler.sandbox.record import EnvGroup, Service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    Handler = Callable[[Request], Awaitable[Response]]

_AUDITED = {"create": "CreateEnvVarsEvent", "update": "UpdateEnvVarsEvent", "delete": "DeleteEnvVarsEvent"}


def _holder(request: Request) -> Service | EnvGroup:
    workspace, key = workspace_of(request), key_of(request)
    if "service_id" in request.path_params:
        return workspace.service(key, request.path_params["service_id"])
    return workspace.group(key, request.path_params["group_id"])


def _audit(request: Request, holder: Service | EnvGroup, kind: Kind, change: str) -> None:
    field = "env_vars" if kind is VARIABLES else "secret_files"
    role = "service" if isinstance(holder, Service) else "env_group"
    metadata = {role: holder.id, "field": field}
    workspace_of(request).note(_AUDITED[change], holder.owner_id, metadata, key=key_of(request))


def _list(kind: Kind) -> Handler:
    async def endpoint(request: Request) -> Response:
        page = page_request(request.query_params)
        listed = workspace_of(request).holding(_holder(request).id).listed(kind, page.after)
        return json_response(page.cut(kind.resource, listed, kind.payload))

    return endpoint


def _replace(kind: Kind) -> Handler:
    async def endpoint(request: Request) -> Response:
        workspace, holder = workspace_of(request), _holder(request)
        texts = texts_of(kind, await body_of(request))
        workspace.replace_entries(holder.id, kind, texts)
        _audit(request, holder, kind, "update")
        # Answered in the order written, while a list has the newest first; so were the recordings.
        entries = reversed(list(workspace.holding(holder.id).listed(kind)))
        return json_response([envelope(kind.resource, kind.payload(entry), place) for place, entry in entries])

    return endpoint


def _get(kind: Kind) -> Handler:
    async def endpoint(request: Request) -> Response:
        entry = workspace_of(request).holding(_holder(request).id).get(kind, request.path_params["name"])
        return json_response(kind.payload(entry))

    return endpoint


def _put(kind: Kind) -> Handler:
    async def endpoint(request: Request) -> Response:
        workspace, holder = workspace_of(request), _holder(request)
        name = kind.check_name(request.path_params["name"])
        text = kind.text_of(await object_of(request))
        known = name in workspace.holding(holder.id).of(kind)
        workspace.put_entry(holder.id, kind, name, text)
        _audit(request, holder, kind, "update" if known else "create")
        if isinstance(holder, EnvGroup):
            return json_response(group_payload(workspace, holder))
        entry = workspace.holding(holder.id).get(kind, name)
        return json_response(kind.payload(entry), 201 if kind is FILES else 200)

    return endpoint


def _delete(kind: Kind) -> Handler:
    async def endpoint(request: Request) -> Response:
        workspace, holder = workspace_of(request), _holder(request)
        workspace.delete_entry(holder.id, kind, request.path_params["name"])
        _audit(request, holder, kind, "delete")
        return no_content()

    return endpoint


def _routes(kind: Kind, part: str) -> list[Route]:
    routes = [
        Route(f"/services/{{service_id}}/{part}", _list(kind), methods=["GET"]),
        Route(f"/services/{{service_id}}/{part}", _replace(kind), methods=["PUT"]),
    ]
    for holder in ("/services/{service_id}", "/env-groups/{group_id}"):
        path = f"{holder}/{part}/{{name}}"
        routes += [
            Route(path, _get(kind), methods=["GET"]),
            Route(path, _put(kind), methods=["PUT"]),
            Route(path, _delete(kind), methods=["DELETE"]),
        ]
    return routes


ROUTES = [*_routes(VARIABLES, "env-vars"), *_routes(FILES, "secret-files")]
