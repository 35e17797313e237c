"""From what the file says, what Render has, and the values that are known, to a scene that rules can judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import Literal
from reconciler.domain.state import DesiredService, LiveService
from reconciler.rules.reading import Reading
from reconciler.rules.scene import Held, Place, Rendered, Scene, Setting

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from reconciler.domain.definition import Definition
    from reconciler.domain.state import DesiredState, Entry, LiveGroup, LiveState
    from reconciler.domain.value import Secret
    from reconciler.rules.scene import Datastores


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the file: values by address, what Render has, and the moment."""

    values: Mapping[Address, Secret]
    """What each address has or is to have; who calls decides which of the two is judged."""
    live: LiveState | None = None
    moment: datetime | None = None
    readings: dict[int, Reading] = field(default_factory=dict)
    """Readings by the identity of their values: one value of many services is read once."""


def scene_of(desired: DesiredState, known: Known, owners: Collection[Owner] | None = None) -> Scene:
    """Return the scene of all services and groups that are declared, or of some of them."""
    entries = _entries(desired)
    chosen = entries if owners is None else {owner: entry for owner, entry in entries.items() if owner in owners}
    settings = settings_of(desired, known.moment)
    groups = {owner: _place(group, settings, known) for owner, group in desired.groups.items()}
    places = []
    for owner, entry in chosen.items():
        if isinstance(entry, DesiredService):
            linked = [groups.get(Owner(owner.environment, group=name)) for name in entry.env_groups]
            places.append(_place(entry, settings, known, tuple(place for place in linked if place is not None)))
        else:
            places.append(groups[owner])
    return Scene(tuple(places), is_whole=len(chosen) == len(entries))


def scene_of_file(desired: DesiredState, moment: datetime | None = None) -> Scene:
    """Return the scene of what the file says by itself, with its literals."""
    values = {
        Address(owner, kind, key): definition.source.text
        for owner, entry in _entries(desired).items()
        for kind, definitions in _declared(entry)
        for key, definition in definitions.items()
        if isinstance(definition.source, Literal)
    }
    return scene_of(desired, Known(values, moment=moment))


def settings_of(desired: DesiredState, moment: datetime | None = None) -> dict[str, Setting]:
    """Return what surrounds the values of each environment."""
    kinds = {name: environment.kind for name, environment in desired.environments.items()}
    return {
        name: Setting(name, kind, tuple((other, its) for other, its in kinds.items() if other != name), moment)
        for name, kind in kinds.items()
    }


def _entries(desired: DesiredState) -> dict[Owner, Entry]:
    return {**desired.services, **desired.groups}


def _place(entry: Entry, settings: Mapping[str, Setting], known: Known, groups: tuple[Place, ...] = ()) -> Place:
    held: dict[Kind, dict[str, Held]] = {Kind.ENV_VAR: {}, Kind.SECRET_FILE: {}}
    for kind, definitions in _declared(entry):
        for key, definition in definitions.items():
            value = known.values.get(Address(entry.owner, kind, key))
            held[kind][key] = Held(kind, definition, None if value is None else _reading(value, known))
    return Place(
        entry.owner,
        settings[entry.owner.environment],
        entry.location,
        held[Kind.ENV_VAR],
        held[Kind.SECRET_FILE],
        groups,
        _rendered(entry.owner, known.live),
        _datastores(entry.owner.environment, known.live),
    )


def _declared(entry: Entry) -> tuple[tuple[Kind, Mapping[str, Definition]], ...]:
    variables = (Kind.ENV_VAR, entry.variables)
    return (variables, (Kind.SECRET_FILE, entry.secret_files)) if isinstance(entry, DesiredService) else (variables,)


def _reading(value: Secret, known: Known) -> Reading:
    # `known.values` keeps the values alive, so no identity is given to another one meanwhile.
    reading = known.readings.get(id(value))
    if reading is None:
        reading = known.readings[id(value)] = Reading(value)
    return reading


def _rendered(owner: Owner, live: LiveState | None) -> Rendered | None:
    found: LiveService | LiveGroup | None = None
    if live is not None:
        found = live.services.get(owner) or live.groups.get(owner)
    if found is None:
        return None
    keys = frozenset(found.variables)
    if isinstance(found, LiveService):
        return Rendered(keys, found.summary.type, found.summary.region, found.summary.created_at)
    return Rendered(keys)


def _datastores(environment: str, live: LiveState | None) -> Datastores:
    if live is None:
        return {}
    return {prefix: regions for (place, prefix), regions in live.datastores.items() if place == environment}
