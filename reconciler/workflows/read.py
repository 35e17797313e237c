"""Read everything that a plan compares: resolve secrets and read Render, at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.state import LiveService, LiveState
from reconciler.errors import ConfigError, Problem
from reconciler.planning.scope import did_you_mean
from reconciler.planning.targets import resolve_targets
from reconciler.planning.values import desired_values, references
from reconciler.workflows.together import all_of, both_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.state import DesiredState, Environment, ServiceSummary
    from reconciler.domain.value import Secret
    from reconciler.ports import LiveReader, Progress, SecretResolver

WORKSPACE_PREFIXES = ("tea-", "usr-")


async def read(
    desired: DesiredState, readers: Mapping[str, LiveReader], resolver: SecretResolver, progress: Progress
) -> tuple[LiveState, dict[Address, Secret]]:
    """Return what Render holds and what the desired values are, for a desired state that is in scope already.

    `readers` holds each environment's; environments that share a key share one. Nothing is reported as absent that
    could not be read: the first failure ends the reading. Raises `SecretError`, `ConfigError` or `RenderError`.
    """
    progress.say(f"reading {_count(len(desired.services), 'service')} from Render")
    return await both_of(read_live(desired, readers), _resolve(desired, resolver))


async def read_live(desired: DesiredState, readers: Mapping[str, LiveReader]) -> LiveState:
    """Read the services of a desired state from Render: one listing a workspace, then each service's variables."""
    before = {id(reader): dict(reader.reads) for reader in readers.values()}
    targets = resolve_targets(desired, await _listings(desired, readers))

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


async def _resolve(desired: DesiredState, resolver: SecretResolver) -> dict[Address, Secret]:
    return desired_values(desired, await resolver.resolve(references(desired)))


async def _listings(desired: DesiredState, readers: Mapping[str, LiveReader]) -> dict[str, Sequence[ServiceSummary]]:
    """List each workspace once, however many environments live in it."""
    used = {owner.environment for owner in desired.services}
    workspaces = {
        name: await _workspace_id(environment, readers[name])
        for name, environment in desired.environments.items()
        if name in used
    }
    listings: dict[tuple[int, str], Sequence[ServiceSummary]] = {}
    for name, workspace_id in workspaces.items():
        place = (id(readers[name]), workspace_id)
        if place not in listings:
            listings[place] = await readers[name].services(workspace_id)
    return {name: listings[id(readers[name]), workspace_id] for name, workspace_id in workspaces.items()}


async def _workspace_id(environment: Environment, reader: LiveReader) -> str:
    wanted = environment.workspace
    if wanted is not None and wanted.startswith(WORKSPACE_PREFIXES):
        return wanted
    seen = await reader.workspaces()
    matches = [workspace for workspace, name in seen.items() if wanted in {None, name}]
    if len(matches) == 1:
        return matches[0]
    if wanted is None:
        message = f"environment `{environment.name}`: the key sees {len(seen)} workspaces; say which with `workspace:`"
    elif matches:
        message = f"environment `{environment.name}`: {len(matches)} workspaces are called `{wanted}`; give its id"
    else:
        message = (
            f"environment `{environment.name}`: the API key sees no workspace `{wanted}`"
            f"{did_you_mean(wanted, seen.values())}"
        )
    raise ConfigError([Problem(message, environment.location)])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
