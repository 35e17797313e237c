"""Postgres databases and Key Value instances: enough to create them, find them and connect to them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from reconciler.sandbox.answer import json_response, no_content
from reconciler.sandbox.clock import stamp
from reconciler.sandbox.endpoints.asking import key_of, name_in, object_of, text_in, wanted, within, workspace_of
from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.page import page_request
from reconciler.sandbox.payload import connection_payload, owner_payload
from reconciler.sandbox.record import REGIONS, Datastore
from reconciler.sandbox.refusal import bad_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.workspace import Workspace

    Handler = Callable[[Request], Awaitable[Response]]


_KEY_VALUE_PLANS = ("free", "starter", "standard", "pro", "pro_plus", "custom")
_POSTGRES_VERSIONS = ("11", "12", "13", "14", "15", "16", "17", "18")


def _list(kind: str) -> Handler:
    async def endpoint(request: Request) -> Response:
        workspace, key = workspace_of(request), key_of(request)
        page, names, owners = page_request(request.query_params), wanted(request, "name"), wanted(request, "ownerId")
        environments = wanted(request, "environmentId")
        rows = (
            (place, found)
            for place, found in workspace.datastores.after(page.after or 0, names or None)
            if found.kind == kind
            and key.sees(found.owner_id)
            and (not owners or found.owner_id in owners)
            and (not environments or found.environment_id in environments)
            and within(request, "created", found.created_at)
        )
        return json_response(page.cut(kind, rows, lambda found: _payload(workspace, found)))

    return endpoint


def _create(kind: str) -> Handler:
    async def endpoint(request: Request) -> Response:
        workspace, body = workspace_of(request), await object_of(request)
        owner = workspace.owner(key_of(request), body.get("ownerId"))
        name, plan = name_in(body), text_in(body, "plan", choices=_KEY_VALUE_PLANS if kind == "keyValue" else ())
        if not plan:
            raise bad_request("plan is required")
        now, plain = workspace.now(), name.replace("-", "_").lower()
        made = Datastore(
            id=f"{new_id('dpg')}-a" if kind == "postgres" else new_id("red"),
            kind=kind,
            name=name,
            owner_id=owner.id,
            created_at=now,
            updated_at=now,
            plan=plan,
            password=secrets.token_urlsafe(24),
            region=text_in(body, "region", "oregon", REGIONS),
            version=text_in(body, "version", "17", _POSTGRES_VERSIONS) if kind == "postgres" else "8.1.4",
            database=text_in(body, "databaseName") or plain,
            user=text_in(body, "databaseUser") or f"{plain}_user",
            environment_id=text_in(body, "environmentId") or None,
        )
        return json_response(_detail(workspace, workspace.datastores.put(made)), 201)

    return endpoint


def _get(kind: str) -> Handler:
    async def endpoint(request: Request) -> Response:
        return json_response(_detail(workspace_of(request), _found(request, kind)))

    return endpoint


def _delete(kind: str) -> Handler:
    async def endpoint(request: Request) -> Response:
        workspace_of(request).datastores.remove(_found(request, kind).id)
        return no_content()

    return endpoint


def _connection_info(kind: str) -> Handler:
    async def endpoint(request: Request) -> Response:
        return json_response(connection_payload(_found(request, kind)))

    return endpoint


def _found(request: Request, kind: str) -> Datastore:
    return workspace_of(request).datastore(key_of(request), kind, request.path_params["datastore_id"])


def _payload(workspace: Workspace, found: Datastore) -> dict[str, Any]:
    owner = workspace.owners.get(found.owner_id)
    payload: dict[str, Any] = {
        "id": found.id,
        "name": found.name,
        "owner": owner_payload(owner) if owner else None,
        "createdAt": stamp(found.created_at),
        "updatedAt": stamp(found.updated_at),
        "dashboardUrl": f"{workspace.public_url}/dashboard/d/{found.id}",
        "status": "available",
        "plan": found.plan,
        "region": found.region,
        "version": found.version,
        "ipAllowList": [],
    }
    if found.environment_id:
        payload["environmentId"] = found.environment_id
    if found.kind == "keyValue":
        return payload | {"options": {"maxmemoryPolicy": "allkeys_lru"}}
    return payload | {
        # Newer than some copies of Render's OpenAPI document; its SDK 1.5 insists on it.
        "connectionPool": "none",
        "databaseName": found.database,
        "databaseUser": found.user,
        "diskAutoscalingEnabled": False,
        "highAvailabilityEnabled": False,
        "readReplicas": [],
        "role": "primary",
        "suspended": "not_suspended",
        "suspenders": [],
    }


def _detail(workspace: Workspace, found: Datastore) -> dict[str, Any]:
    # Render's OpenAPI document requires `project` in a database's detail without ever declaring the property.
    project = {"project": None} if found.kind == "postgres" else {}
    return _payload(workspace, found) | project


def _routes(kind: str, path: str) -> list[Route]:
    one = f"{path}/{{datastore_id}}"
    return [
        Route(path, _list(kind), methods=["GET"]),
        Route(path, _create(kind), methods=["POST"]),
        Route(one, _get(kind), methods=["GET"]),
        Route(one, _delete(kind), methods=["DELETE"]),
        Route(f"{one}/connection-info", _connection_info(kind), methods=["GET"]),
    ]


ROUTES = [*_routes("postgres", "/postgres"), *_routes("keyValue", "/key-value")]
