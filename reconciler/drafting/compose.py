"""Compose: from what was found to a draft, with everything said once that several services have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.draft import Draft, DraftEntry
from reconciler.drafting.environments import described, rank
from reconciler.drafting.places import by_name, names_by_target, place
from reconciler.drafting.sharing import shared_variables
from reconciler.drafting.taking import Taking
from reconciler.drafting.variables import variables_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.draft import FoundEntry, FoundVariable, Inventory
    from reconciler.drafting.places import Placed, Places

_SHOWN = 10
"""Names in one sentence; the rest are counted."""


def compose(inventory: Inventory, otherwise: str = "production") -> Draft:
    """Return the draft of what was found; `otherwise` is the environment of what nothing tells one of."""
    places = place(inventory, otherwise)
    taking = Taking(places.services)
    groups = {
        name: _entry(found, [_resolved(taking, None, environment, found[environment]) for environment in found], ())
        for name, found in by_name(places.env_groups).items()
    }
    services = {
        name: _entry(
            found,
            [_resolved(taking, name, environment, found[environment]) for environment in found],
            _links(found, places.env_groups),
        )
        for name, found in by_name(places.services).items()
    }
    used = {environment for entry in (*services.values(), *groups.values()) for environment in entry.targets}
    return Draft(
        inventory.origin,
        tuple(described(name) for name in sorted(used or {otherwise}, key=rank)),
        shared_variables([*services.values(), *groups.values()]),
        services,
        groups,
        inventory.workspace,
        (*inventory.notes, *_unsure(places, otherwise), *_scattered(places)),
    )


def _resolved(
    taking: Taking, service: str | None, environment: str, found: FoundEntry
) -> tuple[Mapping[str, FoundVariable], Mapping[str, FoundVariable]]:
    return taking.settled(service, environment, found.variables), found.secret_files


def _entry(
    found: Mapping[str, FoundEntry],
    held: Sequence[tuple[Mapping[str, FoundVariable], Mapping[str, FoundVariable]]],
    links: Sequence[str],
) -> DraftEntry:
    """Lay what was found in several environments over each other."""
    return DraftEntry(
        targets={environment: one.target for environment, one in found.items()},
        variables=variables_of(dict(zip(found, [variables for variables, _ in held], strict=True))),
        secret_files=variables_of(dict(zip(found, [files for _, files in held], strict=True))),
        env_groups=tuple(links),
        notes=tuple(dict.fromkeys(note for one in found.values() for note in one.notes)),
    )


def _links(found: Mapping[str, FoundEntry], groups: Sequence[Placed]) -> list[str]:
    known = names_by_target(groups)
    return sorted({known[target].name for one in found.values() for target in one.env_groups if target in known})


def _unsure(places: Places, otherwise: str) -> list[str]:
    names = [placed.name for placed in places.unsure]
    if not names:
        return []
    return [f"nothing tells the environment of {_listed(names)}; taken for {otherwise}. Move what is elsewhere."]


def _scattered(places: Places) -> list[str]:
    """Say which groups are linked to services of another environment than the one that they stand in."""
    known = names_by_target(places.env_groups)
    found = {}
    for service in places.services:
        for target in service.found.env_groups:
            group = known.get(target)
            if group is not None and group.environment != service.environment:
                found[group.name] = f"{group.name} (in {group.environment})"
    if not found:
        return []
    names = _listed(sorted(found.values()))
    return [f"linked to services of several environments: {names}. A group for each environment is safer."]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
