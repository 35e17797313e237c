"""What moved between two revisions of `services.yaml`: it means the same in another place, or under another name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.definition import FromKeyValue, FromPostgres, FromService, FromVariable, Literal, SecretRef
from reconciler.domain.difference import Difference, DifferenceKind
from reconciler.domain.state import DesiredService
from reconciler.planning.canonical import definition_traits
from reconciler.planning.definition_changes import changed
from reconciler.planning.values import all_declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.domain.address import Address, Kind, Owner
    from reconciler.domain.definition import Definition, Source
    from reconciler.domain.state import DesiredState, Entry

TRAVELS = Literal | SecretRef | FromPostgres | FromKeyValue | FromService | FromVariable
"""Sources whose value goes where the definition goes; what people set, or what was generated, stays on Render."""


def renamed(base: DesiredState, here: DesiredState) -> dict[Owner, Owner]:
    """Return the services and groups that another name stood for: the same on Render, in the same environment.

    They are compared with what they were, so that a new name does not hide what became of the rest.
    """
    old, new = _unmatched(base, here), _unmatched(here, base)
    return {
        owners[0]: new[place][0] for place, owners in old.items() if len(owners) == 1 and len(new.get(place, ())) == 1
    }


def _unmatched(state: DesiredState, other: DesiredState) -> Mapping[tuple[str, bool, str], list[Owner]]:
    """Return the owners that the other revision does not have, by environment, kind and target."""
    known = {*other.services, *other.groups}
    found: dict[tuple[str, bool, str], list[Owner]] = defaultdict(list)
    entries: dict[Owner, Entry] = {**state.services, **state.groups}
    for owner, entry in entries.items():
        if owner not in known:
            found[owner.environment, isinstance(entry, DesiredService), entry.target].append(owner)
    return found


def with_moves(found: Sequence[Difference], base: DesiredState, here: DesiredState) -> list[Difference]:
    """Put a move in the place of each pair of a removal and an addition that are one, and add those within the file."""
    old, new = _by_address(base), _by_address(here)
    gone: dict[tuple[str, Kind, str], list[Difference]] = defaultdict(list)
    for difference in found:
        address = difference.address
        if difference.kind is DifferenceKind.REMOVED and address is not None:
            gone[_sort_of(address)].append(difference)
    taken: set[Difference] = set()
    result: list[Difference] = []
    for difference in found:
        address = difference.address
        if difference.kind is not DifferenceKind.ADDED or address is None:
            result.append(difference)
            continue
        candidates = (each for each in gone.get(_sort_of(address), ()) if each not in taken)
        match = next((each for each in candidates if _is_of(each, old, new[address].source)), None)
        if match is None or match.address is None:
            result.append(difference)
        else:
            taken.add(match)
            what, before, after, note = "owner", str(match.owner), str(address.owner), f"{match.owner}: {match.note}"
            result.append(
                replace(difference, kind=DifferenceKind.MOVED, what=what, before=before, after=after, note=note)
            )
            # A move hides nothing of what else became of the definition.
            result += _traits_changed(address, old[match.address], new[address])
    return [*(each for each in result if each not in taken), *_within_the_file(old, new)]


def _is_of(gone: Difference, old: Mapping[Address, Definition], source: Source) -> bool:
    return isinstance(source, TRAVELS) and gone.address is not None and old[gone.address].source == source


def _traits_changed(address: Address, old: Definition, new: Definition) -> list[Difference]:
    before, after = definition_traits(old), definition_traits(new)
    different = {"type" if name == "options" else name for name in before if before[name] != after[name]}
    return [changed(address, name, (old, new), (before, after)) for name in sorted(different)]


def _within_the_file(old: Mapping[Address, Definition], new: Mapping[Address, Definition]) -> Iterable[Difference]:
    """Find definitions that went to the top of the file, or came from there, whatever else became of them."""
    places = {True: "the shared definition", False: "a definition of its own"}
    for address, definition in new.items():
        if address in old and old[address].is_shared is not definition.is_shared:
            yield Difference(
                DifferenceKind.MOVED,
                "definition",
                address.owner.environment,
                address.owner,
                address,
                places[old[address].is_shared],
                places[definition.is_shared],
                location=definition.location,
            )


def _by_address(state: DesiredState) -> Mapping[Address, Definition]:
    return {item.address: item.definition for item in all_declared(state)}


def _sort_of(address: Address) -> tuple[str, Kind, str]:
    return (address.owner.environment, address.kind, address.key)
