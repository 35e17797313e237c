"""Services: listing, creating, changing, deleting, suspending, restarting and scaling them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from reconciler.sandbox.answer import json_response, no_content
from reconciler.sandbox.clock import stamp
from reconciler.sandbox.endpoints.asking import (
    count_in,
    key_of,
    name_in,
    object_in,
    object_of,
    text_in,
    wanted,
    within,
    workspace_of,
)
from reconciler.sandbox.entries import FILES, VARIABLES, texts_of
from reconciler.sandbox.identifier import SERVICE_PREFIXES, new_id
from reconciler.sandbox.page import page_request
from reconciler.sandbox.payload import SHORT_TYPES, service_payload
from reconciler.sandbox.record import REGIONS, RUNTIMES, Service
from reconciler.sandbox.refusal import bad_request, conflict

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.workspace import Workspace

_PLANS = (
    "starter",
    "starter_plus",
    "standard",
    "standard_plus",
    "pro",
    "pro_plus",
    "pro_max",
    "pro_ultra",
    "free",
    "custom",
)
_DETAIL_FIELDS = {
    "runtime": "runtime",
    "plan": "plan",
    "region": "region",
    "healthCheckPath": "health_check_path",
    "publishPath": "publish_path",
    "schedule": "schedule",
    "preDeployCommand": "pre_deploy_command",
}
_CHOICES = {"autoDeploy": ("yes", "no"), "runtime": RUNTIMES, "region": REGIONS, "plan": _PLANS}
_MOST_INSTANCES = 100
_COMMAND_FIELDS = {"buildCommand": "build_command", "startCommand": "start_command", "dockerCommand": "start_command"}
_DOCKER_FIELDS = {"dockerContext": "docker_context", "dockerfilePath": "dockerfile_path"}
_PLAIN_FIELDS = {"name": "name", "autoDeploy": "auto_deploy", "repo": "repo", "branch": "branch", "rootDir": "root_dir"}


async def list_services(request: Request) -> Response:
    """List services; previews of pull requests are among them unless asked otherwise."""
    workspace, key = workspace_of(request), key_of(request)
    page = page_request(request.query_params)
    previews = request.query_params.get("includePreviews", "true") != "false"
    names, types, owners = wanted(request, "name"), wanted(request, "type"), wanted(request, "ownerId")
    environments, suspended = wanted(request, "environmentId"), wanted(request, "suspended")

    def asked_for(service: Service) -> bool:
        return (
            key.sees(service.owner_id)
            and (not types or service.type in types)
            and (not owners or service.owner_id in owners)
            and (not environments or service.environment_id in environments)
            and (not suspended or ("suspended" if service.suspended else "not_suspended") in suspended)
            and (previews or service.parent_id is None)
            and within(request, "created", service.created_at)
            and within(request, "updated", service.updated_at)
        )

    rows = (item for item in workspace.services.after(page.after or 0, names or None) if asked_for(item[1]))
    return json_response(page.cut("service", rows, lambda service: service_payload(workspace, service)))


async def create_service(request: Request) -> Response:
    """Create a service and start its first deploy."""
    workspace, key, body = workspace_of(request), key_of(request), await object_of(request)
    owner = workspace.owner(key, body.get("ownerId"))
    name, kind = name_in(body), text_in(body, "type", choices=SHORT_TYPES)
    if not kind:
        raise bad_request("type is required")
    if any(service.owner_id == owner.id for service in workspace.services.named(name)):
        raise conflict(f"name is already in use: {name}")
    variables, files = texts_of(VARIABLES, body.get("envVars")), texts_of(FILES, body.get("secretFiles"))
    now = workspace.now()
    service_id = new_id(SERVICE_PREFIXES.get(kind, "srv"))
    service = Service(service_id, name, kind, owner.id, now, now, _slug(workspace, name))
    service = replace(_changed(service, body), environment_id=text_in(body, "environmentId") or None)
    workspace.add_service(service, variables)
    workspace.holding(service.id).replace(FILES, files)
    workspace.note("CreateServerEvent", owner.id, {"service": service.id}, key=key)
    deploy, _ = workspace.request_deploy(service, trigger="other")
    return json_response({"service": service_payload(workspace, service), "deployId": deploy.id}, 201)


async def get_service(request: Request) -> Response:
    """Return one service."""
    return json_response(service_payload(workspace_of(request), _service(request)))


async def change_service(request: Request) -> Response:
    """Change a service's settings; nothing is deployed by it."""
    workspace, service = workspace_of(request), _service(request)
    changed = replace(_changed(service, await object_of(request)), updated_at=workspace.now())
    return json_response(service_payload(workspace, workspace.services.put(changed)))


async def delete_service(request: Request) -> Response:
    """Delete a service with everything it has."""
    workspace, service = workspace_of(request), _service(request)
    workspace.remove_service(service)
    workspace.note("DeleteServerEvent", service.owner_id, {"service": service.id}, key=key_of(request))
    return no_content()


async def suspend_service(request: Request) -> Response:
    """Stop a service until it is resumed."""
    workspace, service = workspace_of(request), _service(request)
    workspace.rollout(service.id).halt(workspace.now())
    workspace.services.put(replace(service, suspended=True, updated_at=workspace.now()))
    workspace.happened(service.id, "service_suspended", {})
    return no_content(202)


async def resume_service(request: Request) -> Response:
    """Let a suspended service run again, by a deploy."""
    workspace, service = workspace_of(request), _service(request)
    if service.suspended:
        resumed = workspace.services.put(replace(service, suspended=False, updated_at=workspace.now()))
        workspace.happened(service.id, "service_resumed", {})
        workspace.request_deploy(resumed, trigger="service_resumed", builds=False)
    return no_content(202)


async def restart_service(request: Request) -> Response:
    """Start the running program anew, with the variables that it had."""
    workspace, service = workspace_of(request), _service(request)
    if service.suspended:
        raise conflict("service is suspended")
    workspace.rollout(service.id).restart(workspace.now())
    workspace.happened(service.id, "server_restarted", {"triggeredByUser": key_of(request).user_id})
    return no_content(200)


async def scale_service(request: Request) -> Response:
    """Change the number of instances."""
    workspace, service = workspace_of(request), _service(request)
    count = count_in(await object_of(request), "numInstances", _MOST_INSTANCES)
    workspace.rollout(service.id).scale(count, workspace.now())
    workspace.services.put(replace(service, num_instances=count))
    return no_content(202)


async def list_instances(request: Request) -> Response:
    """List the running instances."""
    workspace, service = workspace_of(request), _service(request)
    running = workspace.rollout(service.id).running(workspace.now())
    return json_response([{"id": instance.id, "createdAt": stamp(instance.started_at)} for instance in running])


async def list_custom_domains(request: Request) -> Response:
    """List a service's own domains: it has none here."""
    _service(request)
    page_request(request.query_params)
    return json_response([])


async def create_preview(request: Request) -> Response:
    """Create a preview of a service: a service of its own that carries its parent's variables."""
    workspace, parent = workspace_of(request), _service(request)
    body = await object_of(request)
    now = workspace.now()
    name = text_in(body, "name") or f"{parent.name} PR #{len(workspace.services)}"
    preview = replace(
        parent,
        id=new_id("srv"),
        name=name,
        slug=_slug(workspace, name),
        parent_id=parent.id,
        created_at=now,
        updated_at=now,
    )
    workspace.add_service(preview, workspace.values(parent.id))
    deploy, _ = workspace.request_deploy(preview, trigger="other")
    return json_response({"service": service_payload(workspace, preview), "deployId": deploy.id})


def _service(request: Request) -> Service:
    return workspace_of(request).service(key_of(request), request.path_params["service_id"])


def _changed(service: Service, body: dict[str, Any]) -> Service:
    details = object_in(body, "serviceDetails")
    commands = object_in(details, "envSpecificDetails")
    fields: dict[str, Any] = {}
    for source, names in (
        (body, _PLAIN_FIELDS),
        (details, _DETAIL_FIELDS),
        (commands, _COMMAND_FIELDS | _DOCKER_FIELDS),
    ):
        given = {name: field for name, field in names.items() if source.get(name) is not None}
        fields |= {field: text_in(source, name, choices=_CHOICES.get(name, ())) for name, field in given.items()}
    if "name" in fields:
        name_in(body)
    if details.get("numInstances") is not None:
        fields["num_instances"] = count_in(details, "numInstances", _MOST_INSTANCES)
    if command := text_in(commands, "preDeployCommand"):
        fields["pre_deploy_command"] = command
    if image := text_in(object_in(body, "image"), "imagePath"):
        fields |= {"image_path": _whole_reference(image), "runtime": "image"}
    return replace(service, **fields)


def _whole_reference(image: str) -> str:
    """Return an image's name with what Docker takes for granted: registry, account and tag."""
    first, slash, _ = image.partition("/")
    if not slash:
        image = f"docker.io/library/{image}"
    elif "." not in first and ":" not in first and first != "localhost":
        image = f"docker.io/{image}"
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"


def _slug(workspace: Workspace, name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "service"
    taken = {service.slug for service in workspace.services.named(name)}
    return f"{slug}-{new_id('')[1:5]}" if slug in taken else slug


_ONE = "/services/{service_id}"

ROUTES = [
    Route("/services", list_services, methods=["GET"]),
    Route("/services", create_service, methods=["POST"]),
    Route(_ONE, get_service, methods=["GET"]),
    Route(_ONE, change_service, methods=["PATCH"]),
    Route(_ONE, delete_service, methods=["DELETE"]),
    Route(f"{_ONE}/suspend", suspend_service, methods=["POST"]),
    Route(f"{_ONE}/resume", resume_service, methods=["POST"]),
    Route(f"{_ONE}/restart", restart_service, methods=["POST"]),
    Route(f"{_ONE}/scale", scale_service, methods=["POST"]),
    Route(f"{_ONE}/preview", create_preview, methods=["POST"]),
    Route(f"{_ONE}/instances", list_instances, methods=["GET"]),
    Route(f"{_ONE}/custom-domains", list_custom_domains, methods=["GET"]),
]
