"""Projects and the environments in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from reconciler.sandbox.answer import json_response, no_content
from reconciler.sandbox.clock import stamp
from reconciler.sandbox.endpoints.asking import key_of, name_in, object_of, text_in, wanted, within, workspace_of
from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.page import page_request
from reconciler.sandbox.payload import owner_payload
from reconciler.sandbox.record import Environment, Project
from reconciler.sandbox.refusal import bad_request, conflict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.record import Datastore, EnvGroup, Service
    from reconciler.sandbox.workspace import Workspace

_PROTECTION = ("unprotected", "protected")


async def list_projects(request: Request) -> Response:
    """List projects."""
    workspace, key, page = workspace_of(request), key_of(request), page_request(request.query_params)
    names, owners = wanted(request, "name"), wanted(request, "ownerId")
    rows = (
        (place, project)
        for place, project in workspace.render_projects.after(page.after or 0, names or None)
        if key.sees(project.owner_id)
        and (not owners or project.owner_id in owners)
        and within(request, "created", project.created_at)
        and within(request, "updated", project.updated_at)
    )
    return json_response(page.cut("project", rows, lambda project: _project_payload(workspace, project)))


async def create_project(request: Request) -> Response:
    """Create a project with its first environments."""
    workspace, body = workspace_of(request), await object_of(request)
    owner, now = workspace.owner(key_of(request), body.get("ownerId")), workspace.now()
    environments = body.get("environments")
    if not isinstance(environments, list):
        raise bad_request("environments must be an array")
    project = Project(new_id("prj"), name_in(body), owner.id, now, now)
    made = [_new_environment(workspace, project, item) for item in environments]
    workspace.render_projects.put(project)
    for environment in made:
        workspace.render_environments.put(environment)
    return json_response(_project_payload(workspace, project), 201)


async def get_project(request: Request) -> Response:
    """Return one project."""
    return json_response(_project_payload(workspace_of(request), _project(request)))


async def change_project(request: Request) -> Response:
    """Rename a project."""
    workspace, project, body = workspace_of(request), _project(request), await object_of(request)
    name = name_in(body) if "name" in body else project.name
    changed = workspace.render_projects.put(replace(project, name=name, updated_at=workspace.now()))
    return json_response(_project_payload(workspace, changed))


async def delete_project(request: Request) -> Response:
    """Delete a project with its environments, if all of them are empty."""
    workspace, project = workspace_of(request), _project(request)
    environments = _environments_of(workspace, project)
    for environment in environments:
        _expect_empty(workspace, environment)
    for environment in environments:
        workspace.render_environments.remove(environment.id)
    workspace.render_projects.remove(project.id)
    return no_content()


async def list_environments(request: Request) -> Response:
    """List environments of projects."""
    workspace, key, page = workspace_of(request), key_of(request), page_request(request.query_params)
    names, owners = wanted(request, "name"), wanted(request, "ownerId")
    projects, ids = wanted(request, "projectId"), wanted(request, "environmentId")
    rows = (
        (place, environment)
        for place, environment in workspace.render_environments.after(page.after or 0, names or None)
        if key.sees(environment.owner_id)
        and (not owners or environment.owner_id in owners)
        and (not projects or environment.project_id in projects)
        and (not ids or environment.id in ids)
        and within(request, "created", environment.created_at)
        and within(request, "updated", environment.updated_at)
    )
    return json_response(
        page.cut("environment", rows, lambda environment: _environment_payload(workspace, environment))
    )


async def create_environment(request: Request) -> Response:
    """Create an environment in a project, which counts as a change of the project."""
    workspace, body = workspace_of(request), await object_of(request)
    project = workspace.project(key_of(request), body.get("projectId"))
    environment = workspace.render_environments.put(_new_environment(workspace, project, body))
    workspace.render_projects.put(replace(project, updated_at=workspace.now()))
    return json_response(_environment_payload(workspace, environment), 201)


async def get_environment(request: Request) -> Response:
    """Return one environment."""
    return json_response(_environment_payload(workspace_of(request), _environment(request)))


async def change_environment(request: Request) -> Response:
    """Change an environment's name or protection."""
    workspace, environment = workspace_of(request), _environment(request)
    changed = replace(_changed(environment, await object_of(request)), updated_at=workspace.now())
    return json_response(_environment_payload(workspace, workspace.render_environments.put(changed)))


async def delete_environment(request: Request) -> Response:
    """Delete an environment, if it is empty."""
    workspace, environment = workspace_of(request), _environment(request)
    _expect_empty(workspace, environment)
    workspace.render_environments.remove(environment.id)
    return no_content()


def _project(request: Request) -> Project:
    return workspace_of(request).project(key_of(request), request.path_params["project_id"])


def _environment(request: Request) -> Environment:
    return workspace_of(request).environment(key_of(request), request.path_params["environment_id"])


def _new_environment(workspace: Workspace, project: Project, body: object) -> Environment:
    if not isinstance(body, dict):
        raise bad_request("an environment must be an object")
    now = workspace.now()
    return _changed(Environment(new_id("evm"), name_in(body), project.owner_id, now, now, project.id), body)


def _changed(environment: Environment, body: dict[str, Any]) -> Environment:
    protection = text_in(body, "protectedStatus", environment.protected_status, _PROTECTION)
    isolation = body.get("networkIsolationEnabled", environment.network_isolation)
    if not isinstance(isolation, bool):
        raise bad_request("networkIsolationEnabled must be true or false")
    name = name_in(body) if "name" in body else environment.name
    return replace(environment, name=name, protected_status=protection, network_isolation=isolation)


def _expect_empty(workspace: Workspace, environment: Environment) -> None:
    for rows in (workspace.services, workspace.groups, workspace.datastores):
        if any(row.environment_id == environment.id for row in rows):
            raise conflict(f"environment is not empty: {environment.id}")


def _ids(rows: Iterable[Service | EnvGroup | Datastore], environment: Environment) -> list[str] | None:
    """Return the ids of what is in an environment; nothing is null in recorded answers, an array in the document."""
    return [row.id for row in rows if row.environment_id == environment.id] or None


def _environments_of(workspace: Workspace, project: Project) -> list[Environment]:
    return [environment for environment in workspace.render_environments if environment.project_id == project.id]


def _project_payload(workspace: Workspace, project: Project) -> dict[str, Any]:
    owner = workspace.owners.get(project.owner_id)
    return {
        "id": project.id,
        "name": project.name,
        "owner": owner_payload(owner) if owner else None,
        "createdAt": stamp(project.created_at),
        "updatedAt": stamp(project.updated_at),
        "environmentIds": [environment.id for environment in _environments_of(workspace, project)],
    }


def _environment_payload(workspace: Workspace, environment: Environment) -> dict[str, Any]:
    databases = (found for found in workspace.datastores if found.kind == "postgres")
    key_values = (found for found in workspace.datastores if found.kind == "keyValue")
    return {
        "id": environment.id,
        "name": environment.name,
        "projectId": environment.project_id,
        "protectedStatus": environment.protected_status,
        "networkIsolationEnabled": environment.network_isolation,
        "databasesIds": _ids(databases, environment),
        "redisIds": _ids(key_values, environment),
        "serviceIds": _ids(workspace.services, environment),
        "envGroupIds": _ids(workspace.groups, environment),
    }


_PROJECT, _ENVIRONMENT = "/projects/{project_id}", "/environments/{environment_id}"

ROUTES = [
    Route("/projects", list_projects, methods=["GET"]),
    Route("/projects", create_project, methods=["POST"]),
    Route(_PROJECT, get_project, methods=["GET"]),
    Route(_PROJECT, change_project, methods=["PATCH"]),
    Route(_PROJECT, delete_project, methods=["DELETE"]),
    Route("/environments", list_environments, methods=["GET"]),
    Route("/environments", create_environment, methods=["POST"]),
    Route(_ENVIRONMENT, get_environment, methods=["GET"]),
    Route(_ENVIRONMENT, change_environment, methods=["PATCH"]),
    Route(_ENVIRONMENT, delete_environment, methods=["DELETE"]),
]
