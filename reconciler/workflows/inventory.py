"""Inventory: read all of a workspace, for a first `services.yaml` of what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.drafting.live import inventory_of
from reconciler.errors import UsageError
from reconciler.planning.scope import did_you_mean
from reconciler.workflows.survey import whole_service
from reconciler.workflows.together import all_of, both_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.draft import Inventory
    from reconciler.ports import LiveReader, Progress


async def take_inventory(reader: LiveReader, wanted: str | None, progress: Progress) -> Inventory:
    """Read the workspace with an id or name, or the only one that the key sees; takes a reader, so it cannot write.

    Raises `UsageError` where it cannot be told which workspace is meant, or where nothing is in it, and `RenderError`
    where anything of it cannot be read: nothing is left out unnoticed.
    """
    workspace_id, name = _chosen(await reader.workspaces(), wanted)
    progress.say(f"listing what is in {name}")
    listing, groups = await both_of(reader.services(workspace_id), reader.groups(workspace_id))
    if not listing and not groups:
        raise UsageError(f"workspace {name} ({workspace_id}) has no services and no env groups to write down")
    progress.say(f"reading {len(listing)} services and {len(groups)} env groups of {name}")
    environments = await reader.project_environments(workspace_id)
    services, live_groups = await both_of(
        all_of(whole_service(reader, summary) for summary in listing),
        all_of(reader.group(group.id) for group in groups),
    )
    return inventory_of((workspace_id, name), services, live_groups, environments)


def _chosen(visible: Mapping[str, str], wanted: str | None) -> tuple[str, str]:
    """Return id and name of the workspace that is meant."""
    matches = [(each, name) for each, name in sorted(visible.items()) if wanted in {None, each, name}]
    if len(matches) == 1:
        return matches[0]
    known = ", ".join(f"{name} ({each})" for each, name in matches or sorted(visible.items()))
    if matches:
        raise UsageError(f"the API key sees several workspaces: {known}", remedy="say which with --workspace ID")
    near = "" if wanted is None else did_you_mean(wanted, visible.values())
    raise UsageError(f"the API key sees no workspace `{wanted}`{near}" if wanted else "the API key sees no workspace")
