"""Reading env groups: the listing tells who they are, one answer has all that is in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.state import LiveGroup
from reconciler.render_api import endpoints
from reconciler.render_api.group_payload import GROUP, GROUPS
from reconciler.render_api.names import by_name, checked_names, require_workspace
from reconciler.render_api.pages import read_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.state import GroupSummary
    from reconciler.render_api.answer import Answer
    from reconciler.render_api.connection import RenderConnection


async def read_groups(connection: RenderConnection, workspace_id: str) -> Sequence[GroupSummary]:
    """List a workspace's env groups."""
    found = await read_pages(connection, endpoints.GROUPS, (), GROUPS, [("ownerId", workspace_id)])
    summaries = [item.content.summary() for item in found]
    by_name("Render's list of env groups", ((summary.id, summary) for summary in summaries))
    require_workspace("env group", (summary.workspace_id for summary in summaries), workspace_id)
    return summaries


async def read_group(connection: RenderConnection, group_id: str) -> LiveGroup:
    """Read one env group."""
    return group_of(connection, await connection.read(endpoints.GROUP, group_id), group_id)


def group_of(connection: RenderConnection, answer: Answer, group_id: str) -> LiveGroup:
    """Return the env group that an answer tells of; raises `RenderError` where it is not the one that is meant."""
    said = answer.read_as(GROUP)
    connection.seen.add(group_id, {variable.key: variable.value for variable in said.variables})
    if said.id != group_id:
        raise answer.malformed("it is about another env group")
    values = by_name(f"env group {group_id}", ((variable.key, variable.value) for variable in said.variables))
    by_name(f"the links of env group {group_id}", ((link.id, link) for link in said.links))
    variables = checked_names(values, f"env group {group_id} has a variable")
    return LiveGroup(said.summary(), variables, said.linked())
