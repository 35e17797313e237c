"""Read everything that a plan compares: resolve secrets and read Render, at the same time."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from reconciler.domain.address import Owner
from reconciler.domain.state import DesiredService, LiveService, LiveState
from reconciler.planning.needs import needs_of
from reconciler.planning.scope import within
from reconciler.planning.targets import entries_by_id, resolve_targets
from reconciler.planning.values import all_declared, desired_values, references
from reconciler.workflows.offers import read_offers
from reconciler.workflows.together import Ahead, all_of, both_of
from reconciler.workflows.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.plan import Scope
    from reconciler.domain.state import DesiredState, GroupSummary, LiveGroup, ServiceSummary
    from reconciler.domain.value import Secret
    from reconciler.planning.needs import Needs
    from reconciler.planning.values import Declared
    from reconciler.ports import LiveReader, Progress, SecretResolver
    from reconciler.workflows.since import Lookback, MayLeave


async def read(
    desired: DesiredState,
    scope: Scope,
    readers: Mapping[str, LiveReader],
    resolver: SecretResolver,
    progress: Progress,
    lookback: Lookback | None = None,
) -> tuple[LiveState, dict[Address, Secret]]:
    """Return what Render holds and what the desired values are, for the part of a desired state that is in scope.

    `readers` holds those of the scope's environments; environments that share a key share one. Nothing is reported as
    absent that could not be read: the first failure ends the reading. A `lookback` finds services that need not be
    read. Raises `SecretError`, `ConfigError`, `RenderError` or, by the lookback, `StoreError`.
    """
    chosen, needs = within(desired, scope), needs_of(desired, scope)
    groups = f" and {_count(len(chosen.groups), 'env group')}" if chosen.groups else ""
    progress.say(f"reading {_count(len(chosen.services), 'service')}{groups} from Render")
    items = [*all_declared(chosen), *needs.taken]
    if lookback is not None:
        # What need not be read depends on what is desired.
        values = await _resolve(items, resolver)
        unchanged = partial(lookback.unchanged, desired, values, readers)
        return await read_live(desired, scope, needs, readers, progress, unchanged), values
    return await both_of(read_live(desired, scope, needs, readers, progress), _resolve(items, resolver))


async def read_live(
    desired: DesiredState,
    scope: Scope,
    needs: Needs,
    readers: Mapping[str, LiveReader],
    progress: Progress,
    unchanged: Callable[[Mapping[str, str]], Awaitable[MayLeave]] | None = None,
) -> LiveState:
    """Read what is in scope, and what it needs, from Render: one listing a workspace, and each service by itself.

    A service is read as soon as the page came that names it: nothing waits for the last page. `unchanged` finds out
    which need not be read, given the ids of the environments' workspaces.
    """
    before = {id(reader): dict(reader.reads) for reader in readers.values()}
    chosen = within(desired, scope)
    used = {owner.environment for owner in (*chosen.services, *chosen.groups, *needs.looked_at)}
    workspaces = await Workspaces.find(desired, readers, used)
    may_leave = _leave_none if unchanged is None else await unchanged(workspaces.ids)
    wanted = {(owner.environment, desired.services[owner].target): owner for owner in (*chosen.services, *needs.read)}

    done: set[Owner] = set()

    async def reading(owner: Owner, summary: ServiceSummary) -> LiveService:
        live = await _service(desired.services[owner], summary, readers[owner.environment])
        done.add(owner)
        requests = sum(spent(readers, before).values())
        progress.say(f"read {len(done):,} of {_count(len(wanted), 'service')}, {requests:,} requests")
        return live

    async with Ahead[LiveService]() as ahead:

        def on_page(environments: Collection[str], page: Sequence[ServiceSummary]) -> None:
            for summary in page:
                for place in environments:
                    owner = wanted.get((place, summary.id)) or wanted.get((place, summary.name))
                    if owner is not None and not may_leave(owner, summary.id):
                        ahead.begin((owner, summary.id), partial(reading, owner, summary))

        listings = await workspaces.services(on_page)
        targets = resolve_targets(desired.services, {*chosen.services, *needs.looked_at}, listings, "service")
        groups = await _groups(desired, needs, workspaces)

        async def service(owner: Owner) -> LiveService:
            summary = targets[owner]
            return await ahead.result((owner, summary.id), partial(reading, owner, summary))

        async def group(owner: Owner) -> LiveGroup:
            return await readers[owner.environment].group(groups[owner].id)

        left = {owner for owner in chosen.services if may_leave(owner, targets[owner].id)} - needs.read
        owners = [owner for owner in targets if owner in {*chosen.services, *needs.read} - left]
        (read_services, read_groups), (offers, datastores) = await both_of(
            both_of(all_of(service(owner) for owner in owners), all_of(group(owner) for owner in groups)),
            read_offers(needs.offers, targets, workspaces, readers),
        )
        found = dict(zip(owners, read_services, strict=True))
        found_groups = dict(zip(groups, read_groups, strict=True))
        # Nothing but the groups tells of links, so a service that lost one is known only now.
        unlinked = [owner for owner in left if not _is_linked(desired.services[owner], targets[owner].id, found_groups)]
        found |= dict(zip(unlinked, await all_of(service(owner) for owner in unlinked), strict=True))
    return LiveState(
        services={owner: live for owner, live in found.items() if owner in chosen.services},
        groups=found_groups,
        left=frozenset(left.difference(unlinked)),
        elsewhere={owner: live for owner, live in found.items() if owner not in chosen.services},
        offers=offers,
        datastores=datastores,
        entries=entries_by_id(desired, workspaces.with_unsure(listings)) if needs.groups else {},
        reads=spent(readers, before),
    )


def _leave_none(_owner: Owner, _service_id: str) -> bool:
    return False


def _is_linked(service: DesiredService, service_id: str, groups: Mapping[Owner, LiveGroup]) -> bool:
    """Tell whether a service has all the groups that it is to have."""
    environment = service.owner.environment
    return all(groups[Owner(environment, group=name)].is_linked_to(service_id) for name in service.env_groups)


async def _service(entry: DesiredService, summary: ServiceSummary, reader: LiveReader) -> LiveService:
    variables = await reader.variables(summary.id)
    files = await reader.secret_files(summary.id) if entry.secret_files or entry.prune else None
    return LiveService(summary, variables, files)


async def _groups(desired: DesiredState, needs: Needs, workspaces: Workspaces) -> dict[Owner, GroupSummary]:
    """Find the env groups that are needed; Render is asked only where there are any."""
    environments = {owner.environment for owner in needs.groups}
    listings: Mapping[str, Sequence[GroupSummary]] = await workspaces.list_each(
        environments, lambda reader, workspace_id: reader.groups(workspace_id)
    )
    return resolve_targets(desired.groups, needs.groups, workspaces.with_neighbours(listings), "env group")


def spent(readers: Mapping[str, LiveReader], before: Mapping[int, Mapping[str, int]] | None = None) -> dict[str, int]:
    """Return how many requests of which kind the readers have sent since then, or altogether."""
    counts: Counter[str] = Counter()
    for reader in {id(reader): reader for reader in readers.values()}.values():
        counts.update(reader.reads)
        counts.subtract({} if before is None else before[id(reader)])
    return {kind: count for kind, count in sorted(counts.items()) if count}


async def _resolve(items: Sequence[Declared], resolver: SecretResolver) -> dict[Address, Secret]:
    return desired_values(items, await resolver.resolve(references(items)))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
