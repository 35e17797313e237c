"""Places: the environment of each service and env group that was found, and its name in `services.yaml`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.drafting.environments import Names, base, rank, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.domain.draft import FoundEntry, Inventory


@dataclass(frozen=True, slots=True)
class Placed:
    """A service or env group that was found, where it belongs."""

    name: str
    """Its name in `services.yaml`; the same in each environment that has such a one."""
    environment: str
    found: FoundEntry


@dataclass(frozen=True, slots=True)
class Places:
    """Everything that was found, where it belongs."""

    services: Sequence[Placed]
    env_groups: Sequence[Placed]
    unsure: Sequence[Placed]
    """Services of which nothing told the environment."""


def place(inventory: Inventory, otherwise: str) -> Places:
    """Find the environment of everything: what is known, else what its name says, else `otherwise`.

    A group without a word of its own for it is of the environment of the services that are linked to it; where those
    are several, of the one that is most like production, since a group can stand in one of them only.
    """
    found_services = sorted(inventory.services, key=_order)
    found_groups = sorted(inventory.env_groups, key=_order)
    services = _named(found_services, [_told(found) or otherwise for found in found_services], reserved=["groups"])
    linking: dict[str, set[str]] = {}
    for service in services:
        for target in service.found.env_groups:
            linking.setdefault(target, set()).add(service.environment)
    of_groups = [_told(found) or max(linking.get(found.target, {otherwise}), key=rank) for found in found_groups]
    groups = _named(found_groups, of_groups)
    return Places(services, groups, [placed for placed in services if _told(placed.found) is None])


def by_name(placed: Iterable[Placed]) -> dict[str, dict[str, FoundEntry]]:
    """Return what was found by its name and environment, both in order."""
    found: dict[str, dict[str, FoundEntry]] = {}
    for one in sorted(placed, key=lambda each: (each.name, rank(each.environment))):
        found.setdefault(one.name, {})[one.environment] = one.found
    return found


def names_by_target(placed: Iterable[Placed]) -> Mapping[str, Placed]:
    """Return what was found by its name or id on Render."""
    return {one.found.target: one for one in placed}


def _order(found: FoundEntry) -> tuple[str, str]:
    return (found.name, found.target)


def _told(found: FoundEntry) -> str | None:
    return found.environment or split(found.name)[1]


def _named(entries: Sequence[FoundEntry], environments: Sequence[str], reserved: Sequence[str] = ()) -> list[Placed]:
    """Give each a name: without the word for its environment, unless that leaves two alike in one environment."""
    pairs = list(zip(entries, environments, strict=True))
    alike = Counter((base(found.name, environment), environment) for found, environment in pairs)
    names = Names(reserved)
    used: set[tuple[str, str]] = set()
    placed = []
    for found, environment in pairs:
        short = base(found.name, environment)
        name = names.of(short if alike[short, environment] == 1 else found.name)
        if (name, environment) in used:
            # Two of one name on Render, told apart by their ids.
            name = names.of(f"{found.name} {found.target}")
        used.add((name, environment))
        placed.append(Placed(name, environment, found))
    return placed
