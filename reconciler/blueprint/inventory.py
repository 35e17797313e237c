"""What a Blueprint says: its services and env groups as they were found, and what of it needs a decision."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.blueprint.variables import Names, variables_of
from reconciler.domain.draft import FoundEntry, Inventory
from reconciler.drafting.environments import environments_named
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.blueprint.document import Blueprint, Group, Service

_KEY_VALUES = {"keyvalue", "redis"}
_SERVICES = {"web", "worker", "pserv", "cron", "static", "static_site"}

_TWO_WRITERS = (
    "at each sync, Render writes what the Blueprint gives: change a value in both, or take it out of the Blueprint."
)


def inventory_of(document: Blueprint, file: str) -> Inventory:
    """Return what a Blueprint has; nothing of it is left out without being named or counted.

    Raises `UsageError` where nothing of it could stand in services.yaml.
    """
    sections = list(document.sections())
    names = Names(
        databases={one.name for _, section in sections for one in section.databases or ()},
        key_values={one.name for _, section in sections for one in section.services or () if one.type in _KEY_VALUES},
    )
    services: list[tuple[str | None, Service | Group]] = [
        (environment, one)
        for environment, section in sections
        for one in section.services or ()
        if one.type not in _KEY_VALUES
    ]
    groups: list[tuple[str | None, Service | Group]] = [
        (environment, one) for environment, section in sections for one in section.groups or ()
    ]
    if not services and not groups:
        raise UsageError(f"{file} has no services and no env groups", remedy="name a Blueprint, usually render.yaml")
    places = environments_named(environment for environment, _ in sections if environment is not None)
    notes: list[str] = []
    found_services = [
        _entry(None if environment is None else places[environment], one, names)
        for environment, one in _once(services, notes)
    ]
    found_groups = [
        _entry(None if environment is None else places[environment], one, names)
        for environment, one in _once(groups, notes)
    ]
    foreign = {target for one in found_services for target in one.env_groups} - {one.target for one in found_groups}
    return Inventory(
        f"the Blueprint {file}",
        tuple(found_services),
        (*found_groups, *(_foreign(name) for name in sorted(foreign))),
        notes=(_TWO_WRITERS, *notes, *_remarks(document, [one for _, one in (*services, *groups)])),
    )


def _entry(environment: str | None, one: Service | Group, names: Names) -> FoundEntry:
    variables, notes = variables_of(one.variables or (), names)
    groups = dict.fromkeys(item.group for item in one.variables or () if item.group and _is_sayable(item.group))
    kind = getattr(one, "type", None)
    if kind is not None and kind not in _SERVICES:
        notes = [*notes, "its type is not one that is known"]
    return FoundEntry(
        one.name,
        one.name,
        environment,
        variables,
        env_groups=tuple(groups),
        notes=tuple(notes),
    )


def _foreign(name: str) -> FoundEntry:
    return FoundEntry(
        name, name, notes=("not in the Blueprint: made in Render's dashboard; add its variables or leave them alone",)
    )


def _once(
    entries: Iterable[tuple[str | None, Service | Group]], notes: list[str]
) -> Iterator[tuple[str | None, Service | Group]]:
    """Yield those that can be told apart and named; note the rest."""
    seen: set[str] = set()
    for environment, one in entries:
        if one.name in seen:
            notes.append(f"{one.name} is there more than once; only the first was taken.")
        elif not _is_sayable(one.name):
            notes.append(f"{one.name or 'an entry without a name'} was left out: `render:` cannot have such a name.")
        else:
            seen.add(one.name)
            yield environment, one


def _is_sayable(name: str) -> bool:
    return bool(name) and name == name.strip() and name.isprintable() and not {"{", "}"} & set(name)


def _remarks(document: Blueprint, held: Iterable[Service | Group]) -> Iterator[str]:
    """Yield what is to be said of the whole file."""
    if unknown := Counter(document.unknown()):
        shown = ", ".join(f"{name} ({count})" for name, count in sorted(unknown.items())[:10])
        yield f"fields of the Blueprint that are not known were passed over, {unknown.total()} in all: {shown}."
    if previews := sum(item.preview_value is not None for one in held for item in one.variables or ()):
        yield f"values for previews of pull requests (previewValue) stay in the Blueprint, {previews} in all."
