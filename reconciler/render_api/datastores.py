"""Reading databases: who they are, and how to connect to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render_api import endpoints
from reconciler.render_api.datastore_payload import CONNECTION, DATABASES, KEY_VALUES
from reconciler.render_api.names import by_name, require_workspace
from reconciler.render_api.pages import read_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.datastore import ConnectionInfo, Datastore
    from reconciler.render_api.connection import RenderConnection
    from reconciler.render_api.datastore_payload import DatastorePayload
    from reconciler.render_api.endpoints import Endpoint


async def read_databases(connection: RenderConnection, workspace_id: str) -> Sequence[Datastore]:
    """List a workspace's Postgres databases."""
    found = await read_pages(connection, endpoints.DATABASES, (), DATABASES, [("ownerId", workspace_id)])
    return _listed("Postgres database", [item.content for item in found], workspace_id)


async def read_key_values(connection: RenderConnection, workspace_id: str) -> Sequence[Datastore]:
    """List a workspace's Key Value instances."""
    found = await read_pages(connection, endpoints.KEY_VALUES, (), KEY_VALUES, [("ownerId", workspace_id)])
    return _listed("Key Value instance", [item.content for item in found], workspace_id)


async def read_connection(connection: RenderConnection, endpoint: Endpoint, datastore_id: str) -> ConnectionInfo:
    """Read how to connect to a database."""
    info = (await connection.read(endpoint, datastore_id)).read_as(CONNECTION).info()
    parts = {"internal": info.internal, "external": info.external, "password": info.password}
    connection.seen.add(datastore_id, {name: value for name, value in parts.items() if value is not None})
    return info


def _listed(what: str, said: Sequence[DatastorePayload], workspace_id: str) -> Sequence[Datastore]:
    by_name(f"Render's list of {what}s", ((one.id, one) for one in said))
    require_workspace(what, (one.owner.id for one in said), workspace_id)
    return [one.datastore() for one in said]
