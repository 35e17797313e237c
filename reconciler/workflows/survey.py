"""Survey: everything that workspaces hold, read once, so that a stand-in can be made that looks like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.state import LiveService
from reconciler.errors import UsageError
from reconciler.workflows.together import all_of, both_of
from reconciler.workflows.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.datastore import ConnectionInfo, Datastore
    from reconciler.domain.state import DesiredState, LiveGroup, ServiceSummary
    from reconciler.ports import LiveReader, Progress


@dataclass(frozen=True, slots=True)
class SurveyedWorkspace:
    """One workspace as it is on Render now; secret files of env groups are not looked at."""

    id: str
    name: str
    environments: Sequence[str]
    """The environments of `services.yaml` that are in it."""
    services: Sequence[LiveService]
    groups: Sequence[LiveGroup]
    databases: Sequence[tuple[Datastore, ConnectionInfo]]
    key_values: Sequence[tuple[Datastore, ConnectionInfo]]


async def survey(
    desired: DesiredState, readers: Mapping[str, LiveReader], progress: Progress
) -> Sequence[SurveyedWorkspace]:
    """Read the workspaces of all environments of a desired state, each once; writes nothing, and has nothing to.

    Raises `ConfigError` where it cannot be told which they are, and `RenderError` at the first failure.
    """
    found = await Workspaces.find(desired, readers, desired.environments)
    inside: dict[str, list[str]] = {}
    for environment, workspace_id in found.ids.items():
        inside.setdefault(workspace_id, []).append(environment)
    surveyed = []
    for workspace_id, environments in inside.items():
        reader = readers[environments[0]]
        name = (await reader.workspaces()).get(workspace_id, workspace_id)
        surveyed.append(await _workspace(reader, workspace_id, name, environments, progress))
    return surveyed


async def survey_only(reader: LiveReader, key_variable: str, progress: Progress) -> Sequence[SurveyedWorkspace]:
    """Read the only workspace that a key sees; raises `UsageError` where it sees another number of them."""
    visible = await reader.workspaces()
    if len(visible) != 1:
        raise UsageError(
            f"the API key in {key_variable} sees {len(visible)} workspaces",
            remedy="say which with `workspace:` in services.yaml",
        )
    return [await _workspace(reader, workspace_id, name, (), progress) for workspace_id, name in visible.items()]


async def _workspace(
    reader: LiveReader, workspace_id: str, name: str, environments: Sequence[str], progress: Progress
) -> SurveyedWorkspace:
    summaries, groups = await both_of(reader.services(workspace_id), reader.groups(workspace_id))
    progress.say(f"reading {len(summaries)} services and {len(groups)} env groups from Render")
    services, live_groups = await both_of(
        all_of(whole_service(reader, summary) for summary in summaries),
        all_of(reader.group(group.id) for group in groups),
    )
    databases, key_values = await both_of(_databases(reader, workspace_id), _key_values(reader, workspace_id))
    return SurveyedWorkspace(workspace_id, name, environments, services, live_groups, databases, key_values)


async def whole_service(reader: LiveReader, summary: ServiceSummary) -> LiveService:
    """Read a service's variables and secret files."""
    variables, files = await both_of(reader.variables(summary.id), reader.secret_files(summary.id))
    return LiveService(summary, variables, files)


async def _databases(reader: LiveReader, workspace_id: str) -> Sequence[tuple[Datastore, ConnectionInfo]]:
    found = await reader.databases(workspace_id)
    return list(zip(found, await all_of(reader.database_connection(each.id) for each in found), strict=True))


async def _key_values(reader: LiveReader, workspace_id: str) -> Sequence[tuple[Datastore, ConnectionInfo]]:
    found = await reader.key_values(workspace_id)
    return list(zip(found, await all_of(reader.key_value_connection(each.id) for each in found), strict=True))
