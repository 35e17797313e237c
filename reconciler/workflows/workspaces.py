"""Workspaces: where each environment lives on Render, and lists of what is there, read once for all who share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import ConfigError, Problem
from reconciler.planning.scope import did_you_mean
from reconciler.planning.targets import WORKSPACE_PREFIXES
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from reconciler.domain.state import DesiredState, Environment, ServiceSummary
    from reconciler.ports import LiveReader

Item = TypeVar("Item")


class Workspaces:
    """The workspaces of the environments that are used; Render is asked for names only where the file gives no id."""

    def __init__(self, desired: DesiredState, readers: Mapping[str, LiveReader]) -> None:
        self._desired = desired
        self._readers = readers
        self._ids: dict[str, str] = {}
        self._seen: dict[int, Mapping[str, str]] = {}
        self._neighbours: dict[str, str] = {}
        self._unsure: set[str] = set()

    @property
    def ids(self) -> Mapping[str, str]:
        """The id of each used environment's workspace."""
        return self._ids

    @classmethod
    async def find(cls, desired: DesiredState, readers: Mapping[str, LiveReader], used: Collection[str]) -> Workspaces:
        """Find the workspaces of the used environments; raises `ConfigError` where it cannot be told which."""
        found = cls(desired, readers)
        for name in sorted(used):
            await found.locate(name)
        return found

    async def locate(self, name: str) -> None:
        """Find the workspace of one more environment; raises `ConfigError` likewise."""
        self._ids[name] = await self._id_of(self._desired.environments[name])

    async def list_each(
        self, environments: Collection[str], read: Callable[[LiveReader, str], Awaitable[Sequence[Item]]]
    ) -> dict[str, Sequence[Item]]:
        """Return a list of each environment's workspace, read once for environments that share key and workspace."""
        places = {name: (id(self._readers[name]), self._ids[name]) for name in sorted(environments)}
        distinct = {place: name for name, place in places.items()}

        async def one(name: str) -> Sequence[Item]:
            return await read(self._readers[name], self._ids[name])

        lists = dict(zip(distinct, await all_of(one(name) for name in distinct.values()), strict=True))
        return {name: lists[place] for name, place in places.items()}

    async def services(
        self, on_page: Callable[[Collection[str], Sequence[ServiceSummary]], None]
    ) -> dict[str, Sequence[ServiceSummary]]:
        """List the services of every used environment, and of each other one that is known to share a workspace.

        `on_page` hears of each page as it comes, and of the environments whose workspace it is from.
        """

        def read(reader: LiveReader, workspace_id: str) -> Awaitable[Sequence[ServiceSummary]]:
            place = (reader, workspace_id)
            here = [name for name in self._ids if (self._readers[name], self._ids[name]) == place]
            return reader.services(workspace_id, on_page=lambda page: on_page(here, page))

        listings = await self.list_each(self._ids, read)
        names = {summary.name for listing in listings.values() for summary in listing}
        alike = {owner.environment for owner, entry in self._desired.services.items() if entry.target in names}
        groups = {owner.environment for owner in self._desired.groups}
        for other in sorted((alike | groups) - self._ids.keys()):
            for name in self._ids:
                if await self._share(other, name):
                    self._neighbours[other] = name
                    break
            else:
                # Without its key nobody can tell which workspace that is.
                self._unsure |= {other} if self._desired.environments[other].workspace is None else set()
        return self.with_neighbours(listings)

    def with_neighbours(self, listings: Mapping[str, Sequence[Item]]) -> dict[str, Sequence[Item]]:
        """Return lists by environment, those of the other environments that share a workspace included."""
        return {
            **{other: listings[name] for other, name in self._neighbours.items() if name in listings},
            **listings,
        }

    def with_unsure(self, listings: Mapping[str, Sequence[Item]]) -> dict[str, Sequence[Item]]:
        """Return lists by environment, all of them for an environment of which it cannot be told where it is."""
        everything = [item for name in self._ids for item in listings.get(name, ())]
        return {**listings, **dict.fromkeys(self._unsure, everything)}

    async def _share(self, other: str, name: str) -> bool:
        """Tell whether an environment is in the workspace of a used one, whichever of id and name each gives.

        Render is asked only where one gives the id and the other the name.
        """
        theirs, known = self._desired.environments[other], self._desired.environments[name]
        if theirs.workspace is None:
            # The key sees one workspace only, or the file would have to say which.
            return theirs.api_key == known.api_key
        if theirs.workspace.startswith(WORKSPACE_PREFIXES):
            return theirs.workspace == self._ids[name]
        if theirs.workspace == known.workspace:
            return True
        return theirs.workspace == (await self._seen_by(self._readers[name])).get(self._ids[name])

    async def _seen_by(self, reader: LiveReader) -> Mapping[str, str]:
        """Return the workspaces that a key sees, of which Render is asked once."""
        if id(reader) not in self._seen:
            self._seen[id(reader)] = await reader.workspaces()
        return self._seen[id(reader)]

    async def _id_of(self, environment: Environment) -> str:
        wanted = environment.workspace
        if wanted is not None and wanted.startswith(WORKSPACE_PREFIXES):
            return wanted
        visible = await self._seen_by(self._readers[environment.name])
        matches = [workspace for workspace, name in visible.items() if wanted in {None, name}]
        if len(matches) == 1:
            return matches[0]
        where = f"environment `{environment.name}`"
        if wanted is None:
            message = f"{where}: the key sees {len(visible)} workspaces; say which with `workspace:`"
        elif matches:
            message = f"{where}: {len(matches)} workspaces are called `{wanted}`; give its id"
        else:
            near = did_you_mean(wanted, visible.values())
            message = f"{where}: the API key sees no workspace `{wanted}`{near}"
        raise ConfigError([Problem(message, environment.location)])
