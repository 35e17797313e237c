"""Look: read all of Render and of the secret stores that can be read; one failure hides no other, and is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconciler.domain.address import Kind, Owner
from reconciler.domain.definition import FromService
from reconciler.domain.matrix import Unread
from reconciler.domain.sight import Sight
from reconciler.domain.state import LiveService, LiveState
from reconciler.errors import Problem, ProblemsError, ReconcileError
from reconciler.planning.needs import needs_of
from reconciler.planning.scope import within
from reconciler.planning.targets import Index
from reconciler.planning.values import all_declared, references, usable_values
from reconciler.workflows.offers import read_offers
from reconciler.workflows.read import spent
from reconciler.workflows.together import all_of, both_of
from reconciler.workflows.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.definition import Definition, Offer
    from reconciler.domain.plan import Scope
    from reconciler.domain.state import DesiredState, Entry, GroupSummary, LiveGroup, ServiceSummary
    from reconciler.domain.value import Secret
    from reconciler.errors import Location
    from reconciler.planning.needs import Needs
    from reconciler.planning.targets import Listed
    from reconciler.planning.values import Declared
    from reconciler.ports import LiveReader, Progress, SecretResolver

Result = TypeVar("Result")
Found = TypeVar("Found", bound="Listed")


async def look(
    desired: DesiredState,
    scope: Scope,
    readers: Mapping[str, LiveReader | str],
    resolver: SecretResolver,
    progress: Progress,
) -> Sight:
    """Read what is in a scope and what it needs; `readers` has a reason in the place of a reader that there is not.

    Raises nothing that is about Render, a store or a value: that is counted in what is returned.
    """
    needs = needs_of(desired, scope)
    chosen = within(desired, scope)
    progress.say(f"reading {len(chosen.services)} services from Render")
    looking = _Looking(desired, scope, needs, readers)
    live, (values, unresolved) = await both_of(
        looking.live(), _resolved([*all_declared(chosen), *needs.taken], resolver)
    )
    unread = sorted({*looking.unread, *unresolved}, key=lambda each: (each.subject, each.reason))
    return Sight(live, values, tuple(unread), frozenset(looking.blind))


async def _resolved(items: Sequence[Declared], resolver: SecretResolver) -> tuple[dict[Address, Secret], list[Unread]]:
    wanted = references(items)
    try:
        fetched = dict(await resolver.resolve(wanted))
    except ReconcileError as error:
        problem = Problem(_reason(error))
        fetched = dict.fromkeys(wanted, problem)
    values, problems = usable_values(items, fetched)
    return values, [Unread(str(address), problem.message, problem.location) for address, problem in problems.items()]


class _Looking:
    """One look at Render, which notes what it cannot see."""

    def __init__(
        self, desired: DesiredState, scope: Scope, needs: Needs, readers: Mapping[str, LiveReader | str]
    ) -> None:
        self._desired = desired
        self._chosen = within(desired, scope)
        self._needs = needs
        self._readers = {name: reader for name, reader in readers.items() if not isinstance(reader, str)}
        self._reasons = {name: reason for name, reason in readers.items() if isinstance(reason, str)}
        self._workspaces = Workspaces(desired, self._readers)
        self.unread: list[Unread] = []
        self.blind: set[tuple[Owner, Kind]] = set()

    async def live(self) -> LiveState:
        """Read everything that can be read."""
        before = {id(reader): dict(reader.reads) for reader in self._readers.values()}
        owners = {*self._chosen.services, *self._needs.looked_at}
        await self._locate({owner.environment for owner in (*owners, *self._chosen.groups)})
        services, groups = await both_of(self._services(owners), self._groups())
        to_read = {
            owner: summary
            for owner, summary in services.items()
            if owner in self._chosen.services or owner in self._needs.read
        }
        (read, read_groups), (offers, datastores) = await both_of(
            both_of(
                all_of(self._service(owner, summary) for owner, summary in to_read.items()),
                all_of(self._group(owner, summary) for owner, summary in groups.items()),
            ),
            self._offers(services),
        )
        found = {owner: service for owner, service in zip(to_read, read, strict=True) if service is not None}
        return LiveState(
            services={owner: live for owner, live in found.items() if owner in self._chosen.services},
            groups={owner: live for owner, live in zip(groups, read_groups, strict=True) if live is not None},
            elsewhere={owner: live for owner, live in found.items() if owner not in self._chosen.services},
            offers=offers,
            datastores=datastores,
            reads=spent(self._readers, before),
        )

    async def _locate(self, environments: Collection[str]) -> None:
        for name in sorted(environments):
            location = self._desired.environments[name].location
            if name in self._readers:
                await self._try(self._workspaces.locate(name), name, location)
            else:
                self.unread.append(Unread(name, self._reasons[name], location))

    async def _services(self, owners: Collection[Owner]) -> dict[Owner, ServiceSummary]:
        """Find services by one listing for each workspace; what is not in one that was read whole is not there."""
        listings = await self._listings(
            {owner.environment for owner in owners}, lambda reader, place: reader.services(place), "its services"
        )
        return self._targets({owner: self._desired.services[owner] for owner in owners}, listings, "service")

    async def _groups(self) -> dict[Owner, GroupSummary]:
        entries = {owner: self._desired.groups[owner] for owner in self._needs.groups}
        listings = await self._listings(
            {owner.environment for owner in entries}, lambda reader, place: reader.groups(place), "its env groups"
        )
        return self._targets(entries, listings, "env group")

    async def _listings(
        self,
        environments: Collection[str],
        read: Callable[[LiveReader, str], Awaitable[Sequence[Found]]],
        what: str,
    ) -> dict[str, Sequence[Found]]:
        """Return what could be listed, by environment; environments that share key and workspace share the listing."""
        ids = self._workspaces.ids
        together: dict[tuple[int, str], list[str]] = {}
        for name in sorted(environments & ids.keys()):
            together.setdefault((id(self._readers[name]), ids[name]), []).append(name)

        async def one(names: Sequence[str]) -> Sequence[Found] | None:
            subject = ", ".join(names)
            location = self._desired.environments[names[0]].location
            return await self._try(read(self._readers[names[0]], ids[names[0]]), f"{subject}: {what}", location)

        lists = await all_of(one(names) for names in together.values())
        pairs = zip(together.values(), lists, strict=True)
        return {name: listing for names, listing in pairs if listing is not None for name in names}

    def _targets(
        self, entries: Mapping[Owner, Entry], listings: Mapping[str, Sequence[Found]], noun: str
    ) -> dict[Owner, Found]:
        """Return what each entry stands for on Render, without any doubt."""
        indexes = {environment: Index(listing) for environment, listing in listings.items()}
        found: dict[Owner, Found] = {}
        claimed: dict[str, Owner] = {}
        for owner in sorted(entries, key=str):
            if owner.environment not in indexes:
                continue  # why is said already
            match = indexes[owner.environment].matching(entries[owner].target, noun)
            if isinstance(match, str):
                self.unread.append(Unread(str(owner), match, entries[owner].location))
                continue
            first = claimed.setdefault(match.id, owner)
            if first == owner:
                found[owner] = match
                continue
            for this, other in ((owner, first), (first, owner)):
                message = f"is one and the same {noun} on Render as {other} ({match.id}); each may stand once"
                self.unread.append(Unread(str(this), message, entries[this].location))
            found.pop(first, None)
        return found

    async def _service(self, owner: Owner, summary: ServiceSummary) -> LiveService | None:
        entry, reader = self._desired.services[owner], self._readers[owner.environment]
        variables = await self._try(reader.variables(summary.id), str(owner), entry.location)
        if variables is None:
            return None
        if not (entry.secret_files or entry.prune):
            return LiveService(summary, variables)
        files = await self._try(reader.secret_files(summary.id), f"{owner}/files", entry.location)
        if files is None:
            self.blind.add((owner, Kind.SECRET_FILE))
        return LiveService(summary, variables, files)

    async def _group(self, owner: Owner, summary: GroupSummary) -> LiveGroup | None:
        reader = self._readers[owner.environment]
        return await self._try(reader.group(summary.id), str(owner), self._desired.groups[owner].location)

    async def _offers(
        self, services: Mapping[Owner, ServiceSummary]
    ) -> tuple[dict[tuple[str, Offer], Secret], dict[tuple[str, str], Mapping[str, str | None]]]:
        """Read what values are taken of: all of an environment at once, and each by itself where that fails."""
        found: dict[tuple[str, Offer], Secret] = {}
        regions: dict[tuple[str, str], Mapping[str, str | None]] = {}
        wanted: dict[str, dict[tuple[str, Offer], Definition]] = {}
        for place, definition in self._needs.offers.items():
            environment, source = place
            is_there = not isinstance(source, FromService) or Owner(environment, service=source.service) in services
            if environment in self._workspaces.ids and is_there:
                wanted.setdefault(environment, {})[place] = definition
        for environment in sorted(wanted):
            offers = wanted[environment]
            try:
                parts = [await read_offers(offers, services, self._workspaces, self._readers)]
            except ReconcileError:
                parts = []
                for place, definition in offers.items():
                    work = read_offers({place: definition}, services, self._workspaces, self._readers)
                    part = await self._try(work, f"{environment}: what {definition.key} takes", definition.location)
                    parts += [] if part is None else [part]
            for values, its_regions in parts:
                found.update(values)
                regions.update(its_regions)
        return found, regions

    async def _try(self, work: Awaitable[Result], subject: str, location: Location | None) -> Result | None:
        try:
            return await work
        except ReconcileError as error:
            self.unread.append(Unread(subject, _reason(error), location))
            return None


def _reason(error: ReconcileError) -> str:
    if isinstance(error, ProblemsError):
        return "; ".join(problem.message for problem in error.problems)
    return error.message
