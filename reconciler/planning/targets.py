"""Targets: what on Render each declared service or env group stands for, by id or by name, without any doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from reconciler.errors import ConfigError, Problem
from reconciler.planning.scope import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reconciler.domain.address import Owner
    from reconciler.domain.state import DesiredState, Entry, ServiceSummary


WORKSPACE_PREFIXES = ("tea-", "usr-")
"""What the ids of workspaces begin with; anything else is a name."""


class Listed(Protocol):
    """What a listing tells of anything."""

    @property
    def id(self) -> str:
        """Render's id, the same for nothing else."""
        ...

    @property
    def name(self) -> str:
        """The name that people gave it."""
        ...


Summary = TypeVar("Summary", bound=Listed)


class Index(Generic[Summary]):
    """A listing, to be searched many times."""

    def __init__(self, listing: Sequence[Summary]) -> None:
        self._ids = {summary.id: summary for summary in listing}
        self._names: dict[str, list[Summary]] = {}
        for summary in listing:
            self._names.setdefault(summary.name, []).append(summary)

    def candidates(self, target: str) -> Sequence[Summary]:
        """Return what has that id, else all that have that name."""
        return [self._ids[target]] if target in self._ids else self._names.get(target, ())

    def matching(self, target: str, noun: str) -> Summary | str:
        """Return what has an id, or else alone has a name; or a sentence that says why nothing does."""
        found = self.candidates(target)
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(sorted(summary.id for summary in found))
            return f"Render has {len(found)} {noun}s named `{target}` ({ids}); say which by its id"
        return f"no {noun} `{target}` in the workspace{did_you_mean(target, self._names)}"


def resolve_targets(
    entries: Mapping[Owner, Entry], chosen: Collection[Owner], listings: Mapping[str, Sequence[Summary]], noun: str
) -> dict[Owner, Summary]:
    """Return the service, or the env group, that each chosen entry stands for; `noun` says which of the two.

    `listings` holds the workspace of each environment of theirs, and of others as far as it is known: what stands
    elsewhere in the file must not be the same either, although nothing else is asked of it. Raises `ConfigError` with
    all that are missing, that a name does not tell apart, or that two entries would both write to. A listing is of one
    workspace, so nothing outside it can be a target.
    """
    found: dict[Owner, Summary] = {}
    problems: list[Problem] = []
    indexes = {environment: Index(listing) for environment, listing in listings.items()}
    for owner, entry in entries.items():
        if owner not in chosen:
            continue
        match = indexes[owner.environment].matching(entry.target, noun)
        if isinstance(match, str):
            problems.append(Problem(f"{owner}: {match}", entry.location))
        else:
            found[owner] = match
    nothing = Index[Summary](())
    owners: dict[str, list[Owner]] = {summary.id: [] for summary in found.values()}
    for owner, entry in entries.items():
        # Ids are the same on all of Render, so an id needs no listing.
        index = indexes.get(owner.environment, nothing)
        known = [found[owner]] if owner in found else index.candidates(entry.target)
        for target_id in {summary.id for summary in known} or {entry.target}:
            if target_id in owners and (owner in found or owner not in chosen):
                owners[target_id].append(owner)
    for target_id, claimants in owners.items():
        if len(claimants) > 1:
            names = " and ".join(str(owner) for owner in sorted(claimants, key=str))
            problems.append(
                Problem(
                    f"{names} are one and the same {noun} on Render ({target_id}); each {noun} may stand once",
                    entries[claimants[-1]].location,
                )
            )
    if problems:
        raise ConfigError(problems)
    return found


def entries_by_id(
    desired: DesiredState, listings: Mapping[str, Sequence[ServiceSummary]]
) -> dict[str, tuple[Owner, ...]]:
    """Return which entries, in scope or not, are each service; an entry of an unlisted environment is known by id."""
    found: dict[str, tuple[Owner, ...]] = {}
    indexes, nothing = {environment: Index(listing) for environment, listing in listings.items()}, Index[Listed](())
    for owner, service in desired.services.items():
        known = indexes.get(owner.environment, nothing).candidates(service.target)
        for service_id in {summary.id for summary in known} or {service.target}:
            found[service_id] = (*found.get(service_id, ()), owner)
    return found
