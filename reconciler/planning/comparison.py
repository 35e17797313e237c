"""Comparison: how what an environment has differs from what one has that works; keys and shapes, never values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import Absent, FromVariable, Literal
from reconciler.domain.finding import Finding, Severity
from reconciler.planning.values import all_declared
from reconciler.planning.wanted import live_values
from reconciler.rules.credential import credential_noun
from reconciler.rules.leak import looks_secret
from reconciler.rules.reading import Reading
from reconciler.rules.shape import shape_differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.domain.definition import Definition
    from reconciler.domain.sight import Sight
    from reconciler.domain.state import DesiredState
    from reconciler.domain.value import Secret
    from reconciler.errors import Location

NOT_HERE = "RC211"
OTHER_SHAPE = "RC212"
SAME_VALUE = "RC213"
_SHORTEST = 12
"""Characters from which on two equal values are no coincidence."""


def compared(desired: DesiredState, sight: Sight, owners: tuple[Owner, ...], against: str) -> tuple[Finding, ...]:
    """Compare each service with the same one of another environment, as far as both were seen.

    What the groups have that a service is declared to be linked to counts as the service's own.
    """
    definitions = {item.address: item.definition for item in all_declared(desired)}
    found: list[Finding] = []
    for owner in owners:
        there = Owner(against, service=owner.service, group=owner.group)
        if owner.environment != against and sight.of(owner) is not None and sight.of(there) is not None:
            found += _one(owner, there, desired, sight, definitions)
    return tuple(found)


def _one(
    here: Owner, there: Owner, desired: DesiredState, sight: Sight, definitions: Mapping[Address, Definition]
) -> Iterator[Finding]:
    ours, theirs = _values(here, desired, sight), _values(there, desired, sight)
    is_whole = _saw_groups(here, desired, sight)
    for other in sorted(theirs, key=lambda address: address.sort_key):
        address = Address(here, other.kind, other.key)
        definition, their_definition = definitions.get(address), definitions.get(other)
        location = definition.location if definition else _place(here, desired)
        if address not in ours:
            # Declared for one environment only: the file says that it is meant.
            is_meant = their_definition is not None if definition is None else isinstance(definition.source, Absent)
            if is_whole and not is_meant and sight.saw(here, other.kind):
                message = f"not set here, and {there} has it"
                fix = _FIXES[NOT_HERE] if definition is None else "apply: services.yaml declares it here too"
                yield replace(_finding(NOT_HERE, "not-here", message, address, location), fix=fix)
            continue
        mine, yours = Reading(ours[address]), Reading(theirs[other])
        differences = shape_differences(mine, yours)
        if differences and not (_is_literal(definition) and _is_literal(their_definition)):
            inside = ", ".join(one for one, _ in differences)
            outside = ", ".join(one for _, one in differences)
            message = f"of another shape than {there}'s: here {inside}; there {outside}"
            yield _finding(OTHER_SHAPE, "other-shape", message, address, location)
        elif (same := _sameness(mine, yours, definition)) is not None:
            yield _finding(SAME_VALUE, "same-value", same.format(there=there), address, location)


def _is_literal(definition: Definition | None) -> bool:
    """Whether the file itself shows the value, and so its shape."""
    return definition is not None and isinstance(definition.source, Literal)


def _values(owner: Owner, desired: DesiredState, sight: Sight) -> dict[Address, Secret]:
    """Return what a service or group has, by its own addresses; what it has itself wins over its groups."""
    found: dict[Address, Secret] = {}
    live = sight.of(owner)
    service = desired.services.get(owner)
    for name in service.env_groups if service else ():
        group = sight.live.groups.get(Owner(owner.environment, group=name))
        if group is not None and live is not None and group.is_linked_to(live.summary.id):
            found |= {Address(owner, Kind.ENV_VAR, key): value for key, value in group.variables.items()}
    return found if live is None else found | live_values(owner, live)


def _saw_groups(owner: Owner, desired: DesiredState, sight: Sight) -> bool:
    service = desired.services.get(owner)
    return service is None or all(
        Owner(owner.environment, group=name) in sight.live.groups for name in service.env_groups
    )


def _place(owner: Owner, desired: DesiredState) -> Location:
    entry = desired.services[owner] if owner.service else desired.groups[owner]
    return entry.location


def _sameness(mine: Reading, yours: Reading, definition: Definition | None) -> str | None:
    """Say what is suspiciously the same about two values, or `None`."""
    if definition is not None and (definition.shared or isinstance(definition.source, Literal | FromVariable)):
        return None  # the file says what it is
    if mine.text == yours.text:
        is_secret = credential_noun(mine) is not None or looks_secret(mine.text)
        is_secret |= definition is not None and definition.sensitive and definition.type.name != "string"
        if mine.project is not None:
            return "the very value of {there}, of the same Supabase project"
        return "the very value of {there}" if is_secret and len(mine.text) >= _SHORTEST else None
    if mine.project is not None and mine.project == yours.project:
        return "of the same Supabase project as {there}'s"
    return None


def _finding(code: str, name: str, message: str, address: Address, location: Location) -> Finding:
    return Finding(code, name, Severity.WARNING, message, address, location, _FIXES[code])


_FIXES = {
    NOT_HERE: "set it here too, and declare it; or declare it with `environments:` where it belongs",
    OTHER_SHAPE: "compare where the two come from; one of them is probably not what its name says",
    SAME_VALUE: "give each environment a value of its own, or say `shared: true` where that is meant",
}
