"""Reading projects: which environment people have put each service and env group into.

Source: Render's OpenAPI document. It asks for a project wherever environments are listed, and in recorded traffic an
environment without services has null in place of a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, TypeAdapter

from reconciler.domain.project import ProjectEnvironment
from reconciler.render_api import endpoints
from reconciler.render_api.names import by_name, require_workspace
from reconciler.render_api.pages import read_pages
from reconciler.render_api.payload import Id, Item, Name, OwnerPayload, Payload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.render_api.connection import RenderConnection

AT_ONCE = 50
"""Projects in one question, so that its address stays short."""


class ProjectPayload(Payload):
    """A project."""

    id: Id
    owner: OwnerPayload


class EnvironmentPayload(Payload):
    """An environment of a project."""

    id: Id
    name: Name
    service_ids: list[Id] | None = Field(alias="serviceIds")
    group_ids: list[Id] | None = Field(alias="envGroupIds")


class ProjectItem(Item):
    """One project of a list."""

    content: ProjectPayload = Field(alias="project")


class EnvironmentItem(Item):
    """One environment of a list."""

    content: EnvironmentPayload = Field(alias="environment")


PROJECTS = TypeAdapter(list[ProjectItem])
ENVIRONMENTS = TypeAdapter(list[EnvironmentItem])


async def read_project_environments(connection: RenderConnection, workspace_id: str) -> Sequence[ProjectEnvironment]:
    """List the environments of a workspace's projects."""
    projects = await read_pages(connection, endpoints.PROJECTS, (), PROJECTS, [("ownerId", workspace_id)])
    by_name("Render's list of projects", ((item.content.id, item.content) for item in projects))
    require_workspace("project", (item.content.owner.id for item in projects), workspace_id)
    ids = [item.content.id for item in projects]
    found: list[EnvironmentItem] = []
    for start in range(0, len(ids), AT_ONCE):
        query = [("projectId", ",".join(ids[start : start + AT_ONCE]))]
        found += await read_pages(connection, endpoints.PROJECT_ENVIRONMENTS, (), ENVIRONMENTS, query)
    by_name("Render's list of environments", ((item.content.id, item.content) for item in found))
    return [
        ProjectEnvironment(one.id, one.name, frozenset(one.service_ids or ()), frozenset(one.group_ids or ()))
        for one in (item.content for item in found)
    ]
