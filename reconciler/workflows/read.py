"""Read everything that a plan compares: resolve secrets and read Render, at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.state import LiveService, LiveState
from reconciler.errors import ConfigError, Problem
from reconciler.planning.scope import did_you_mean, within
from reconciler.planning.targets import WORKSPACE_PREFIXES, resolve_targets
from reconciler.planning.values import desired_values, references
from reconciler.workflows.together import all_of, both_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.plan import Scope
    from reconciler.domain.state import DesiredState, Environment, ServiceSummary
    from reconciler.domain.value import Secret
    from reconciler.ports import LiveReader, Progress, SecretResolver


async def read(
    desired: DesiredState,
    scope: Scope,
    readers: Mapping[str, LiveReader],
    resolver: SecretResolver,
    progress: Progress,
) -> tuple[LiveState, dict[Address, Secret]]:
    """Return what Render holds and what the desired values are, for the part of a desired state that is in scope.

    `readers` holds those of the scope's environments; environments that share a key share one. Nothing is reported as
    absent that could not be read: the first failure ends the reading. Raises `SecretError`, `ConfigError` or
    `RenderError`.
    """
    chosen = within(desired, scope)
    progress.say(f"reading {_count(len(chosen.services), 'service')} from Render")
    return await both_of(read_live(desired, scope, readers), _resolve(chosen, resolver))


async def read_live(desired: DesiredState, scope: Scope, readers: Mapping[str, LiveReader]) -> LiveState:
    """Read the services in scope from Render: one listing a workspace, then each service's variables."""
    before = {id(reader): dict(reader.reads) for reader in readers.values()}
    targets = resolve_targets(desired, scope, await _listings(desired, scope, readers))

    async def one(owner: Owner, summary: ServiceSummary) -> LiveService:
        reader = readers[owner.environment]
        service = desired.services[owner]
        variables = await reader.variables(summary.id)
        files = await reader.secret_files(summary.id) if service.secret_files or service.prune else None
        return LiveService(summary, variables, files)

    services = await all_of(one(owner, summary) for owner, summary in targets.items())
    spent: dict[str, int] = {}
    for reader in {id(reader): reader for reader in readers.values()}.values():
        for kind, count in reader.reads.items():
            spent[kind] = spent.get(kind, 0) + count - before[id(reader)].get(kind, 0)
    reads = {kind: count for kind, count in sorted(spent.items()) if count}
    return LiveState(dict(zip(targets, services, strict=True)), reads)


async def workspace_ids(environments: Mapping[str, Environment], readers: Mapping[str, LiveReader]) -> dict[str, str]:
    """Return the id of each environment's workspace; Render is asked only where one is not given by its id."""
    seen: dict[int, Mapping[str, str]] = {}
    return {
        name: await _workspace_id(environment, readers[name], seen)
        for name, environment in sorted(environments.items())
    }


async def _resolve(desired: DesiredState, resolver: SecretResolver) -> dict[Address, Secret]:
    return desired_values(desired, await resolver.resolve(references(desired)))


async def _listings(
    desired: DesiredState, scope: Scope, readers: Mapping[str, LiveReader]
) -> dict[str, Sequence[ServiceSummary]]:
    """List each workspace of the scope once; for every environment that is known to live in one of them."""
    used = {owner.environment for owner in within(desired, scope).services}
    seen: dict[int, Mapping[str, str]] = {}
    workspaces = {name: await _workspace_id(desired.environments[name], readers[name], seen) for name in sorted(used)}
    listed: dict[tuple[int, str], Sequence[ServiceSummary]] = {}
    for name, workspace_id in workspaces.items():
        place = (id(readers[name]), workspace_id)
        if place not in listed:
            listed[place] = await readers[name].services(workspace_id)
    listings = {name: listed[id(readers[name]), workspace_id] for name, workspace_id in workspaces.items()}
    names = {summary.name for listing in listings.values() for summary in listing}
    alike = {owner.environment for owner, service in desired.services.items() if service.target in names}
    for other in sorted(alike - used):
        for name, workspace_id in workspaces.items():
            known = desired.environments[name]
            if await _lives_in(desired.environments[other], known, workspace_id, readers[name], seen):
                listings[other] = listings[name]
                break
    return listings


async def _lives_in(
    other: Environment, known: Environment, workspace_id: str, reader: LiveReader, seen: dict[int, Mapping[str, str]]
) -> bool:
    """Tell whether an environment is in the workspace of another one, whichever of id and name each of them gives.

    Render is asked only where one gives the id and the other the name.
    """
    if other.workspace is None:
        # The key sees one workspace only, or the file would have to say which.
        return other.api_key == known.api_key
    if other.workspace.startswith(WORKSPACE_PREFIXES):
        return other.workspace == workspace_id
    if other.workspace == known.workspace:
        return True
    return other.workspace == (await _seen_by(reader, seen)).get(workspace_id)


async def _seen_by(reader: LiveReader, seen: dict[int, Mapping[str, str]]) -> Mapping[str, str]:
    """Return the workspaces that a key sees, of which Render is asked once."""
    if id(reader) not in seen:
        seen[id(reader)] = await reader.workspaces()
    return seen[id(reader)]


async def _workspace_id(environment: Environment, reader: LiveReader, seen: dict[int, Mapping[str, str]]) -> str:
    wanted = environment.workspace
    if wanted is not None and wanted.startswith(WORKSPACE_PREFIXES):
        return wanted
    visible = await _seen_by(reader, seen)
    matches = [workspace for workspace, name in visible.items() if wanted in {None, name}]
    if len(matches) == 1:
        return matches[0]
    if wanted is None:
        message = (
            f"environment `{environment.name}`: the key sees {len(visible)} workspaces; say which with `workspace:`"
        )
    elif matches:
        message = f"environment `{environment.name}`: {len(matches)} workspaces are called `{wanted}`; give its id"
    else:
        message = (
            f"environment `{environment.name}`: the API key sees no workspace `{wanted}`"
            f"{did_you_mean(wanted, visible.values())}"
        )
    raise ConfigError([Problem(message, environment.location)])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
