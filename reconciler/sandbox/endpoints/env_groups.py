"""Groups of variables and files, and their links to services."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from reconciler.sandbox.answer import json_response, no_content
from reconciler.sandbox.endpoints.asking import key_of, name_in, object_of, text_in, wanted, within, workspace_of
from reconciler.sandbox.entries import FILES, VARIABLES, texts_of
from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.page import page_request
from reconciler.sandbox.payload import group_payload, group_summary
from reconciler.sandbox.record import EnvGroup
from reconciler.sandbox.refusal import bad_request, not_found

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def list_groups(request: Request) -> Response:
    """List groups without what is in them.

    Render's OpenAPI document declares bare groups here; its API sends the envelope that every other list has, as a
    comment in Render's own Steampipe plugin says (render-oss/steampipe-plugin-render, the table of env groups). The
    sandbox does as the API does, unless told to follow the document.
    """
    workspace, key = workspace_of(request), key_of(request)
    page = page_request(request.query_params)
    names, owners, environments = (wanted(request, name) for name in ("name", "ownerId", "environmentId"))

    def asked_for(group: EnvGroup) -> bool:
        return (
            key.sees(group.owner_id)
            and (not owners or group.owner_id in owners)
            and (not environments or group.environment_id in environments)
            and within(request, "created", group.created_at)
            and within(request, "updated", group.updated_at)
        )

    rows = (item for item in workspace.groups.after(page.after or 0, names or None) if asked_for(item[1]))
    listed = page.cut("envGroup", rows, lambda group: group_summary(workspace, group))
    return json_response(listed if workspace.group_envelope else [item["envGroup"] for item in listed])


async def create_group(request: Request) -> Response:
    """Create a group with its variables, files and links."""
    workspace, key, body = workspace_of(request), key_of(request), await object_of(request)
    owner = workspace.owner(key, body.get("ownerId"))
    name = name_in(body)
    variables, files = texts_of(VARIABLES, body.get("envVars")), texts_of(FILES, body.get("secretFiles"))
    services = [workspace.service(key, service_id) for service_id in _texts(body, "serviceIds")]
    now = workspace.now()
    group = EnvGroup(new_id("evg"), name, owner.id, now, now, environment_id=text_in(body, "environmentId") or None)
    workspace.add_group(group)
    workspace.replace_entries(group.id, VARIABLES, variables)
    workspace.replace_entries(group.id, FILES, files)
    for service in services:
        group = workspace.link(group, service, linked=True)
    return json_response(group_payload(workspace, group), 201)


async def get_group(request: Request) -> Response:
    """Return a group with everything in it."""
    return json_response(group_payload(workspace_of(request), _group(request)))


async def change_group(request: Request) -> Response:
    """Rename a group."""
    workspace, group = workspace_of(request), _group(request)
    name = name_in(await object_of(request))
    group = workspace.groups.put(replace(group, name=name, updated_at=workspace.now()))
    return json_response(group_payload(workspace, group))


async def delete_group(request: Request) -> Response:
    """Delete a group."""
    workspace, group = workspace_of(request), _group(request)
    workspace.remove_group(group)
    workspace.note("DeleteEnvGroupEvent", group.owner_id, {"env_group": group.id}, key=key_of(request))
    return no_content()


async def link_service(request: Request) -> Response:
    """Let a service have the group's variables from its next deploy on."""
    workspace, group = workspace_of(request), _group(request)
    service = workspace.service(key_of(request), request.path_params["service_id"])
    return json_response(group_payload(workspace, workspace.link(group, service, linked=True)))


async def unlink_service(request: Request) -> Response:
    """End a service's link."""
    workspace, group = workspace_of(request), _group(request)
    service = workspace.service(key_of(request), request.path_params["service_id"])
    if service.id not in group.service_ids:
        raise not_found(service.id)
    workspace.link(group, service, linked=False)
    return no_content()


def _texts(body: dict[str, Any], name: str) -> list[str]:
    texts = body.get(name) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise bad_request(f"{name} must be an array of strings")
    return texts


def _group(request: Request) -> EnvGroup:
    return workspace_of(request).group(key_of(request), request.path_params["group_id"])


_ONE = "/env-groups/{group_id}"
_LINK = f"{_ONE}/services/{{service_id}}"

ROUTES = [
    Route("/env-groups", list_groups, methods=["GET"]),
    Route("/env-groups", create_group, methods=["POST"]),
    Route(_ONE, get_group, methods=["GET"]),
    Route(_ONE, change_group, methods=["PATCH"]),
    Route(_ONE, delete_group, methods=["DELETE"]),
    Route(_LINK, link_service, methods=["POST"]),
    Route(_LINK, unlink_service, methods=["DELETE"]),
]
