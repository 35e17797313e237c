"""RC125 to RC127: what services and their env groups have twice, and more in files than Render takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind
from reconciler.domain.definition import Absent
from reconciler.domain.finding import Severity
from reconciler.rules.example import held as example
from reconciler.rules.example import place
from reconciler.rules.on_render import FAMILY
from reconciler.rules.rule import Example, Remark, Rule, Whole
from reconciler.rules.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.rules.scene import Place

SECRET_FILES_LIMIT = 1024 * 1024
"""Bytes that all secret files of a service may have together, by Render's documentation."""
GROUPS = "https://render.com/docs/configure-environment-variables#environment-groups"


def _names(place: Place) -> frozenset[str]:
    """Return the variables that a service or group has, or is to have."""
    declared = {key for key, held in place.variables.items() if not isinstance(held.definition.source, Absent)}
    absent = place.variables.keys() - declared
    return frozenset(declared | ((place.rendered.keys if place.rendered else frozenset()) - absent))


def _shadowed(place: Place) -> Iterator[Remark]:
    for group in place.groups:
        names = _names(group)
        for key, held in place.variables.items():
            if key in names and not isinstance(held.definition.source, Absent):
                message = f"hides the variable of this name that the env group {group.owner.name} has"
                yield Remark(place.address(held), message, held.definition)


def _ambiguous(place: Place) -> Iterator[Remark]:
    own = _names(place)
    first: dict[str, Place] = {}
    for group in place.groups:
        for key in sorted(_names(group) - own):
            other = first.setdefault(key, group)
            if other is group:
                continue
            both = f"{other.owner.name} and {group.owner.name}"
            message = f"the env groups {both} both have it, and nothing says which one wins"
            holders = [held for each in (other, group) if (held := each.variables.get(key)) is not None]
            definition = next((held.definition for held in holders if "RC126" in held.definition.allow), None)
            yield Remark(Address(place.owner, Kind.ENV_VAR, key), message, definition, place.location)


def _too_large(place: Place) -> Iterator[Remark]:
    readings = [held.reading for held in place.files.values() if held.reading is not None]
    total = sum(len(reading.text.encode("utf-8", "surrogatepass")) for reading in readings)
    if total > SECRET_FILES_LIMIT:
        held = next(iter(place.files.values()))
        message = f"this service's secret files are {total:,} bytes together; Render takes 1 MB"
        yield Remark(place.address(held), message, held.definition)


def _linked(*groups: str, own: bool = False) -> Scene:
    linked = tuple(place(example("LOG_LEVEL", "info"), group=name) for name in groups)
    return Scene((place(*([example("LOG_LEVEL", "debug")] if own else []), groups=linked),))


def _files(size: int) -> Scene:
    files = [example(f"{name}.json", "0" * size, kind=Kind.SECRET_FILE) for name in ("one", "other")]
    return Scene((place(*files),))


SHADOWED = Rule(
    code="RC125",
    name="group-variable-shadowed",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="A service's own variable wins over a linked group's, so a change of the group does nothing there.",
    fix="take the variable out of the service or the group, or allow it where the service is meant to differ",
    source=GROUPS,
    look=Whole(_shadowed),
    fires=Example("LOG_LEVEL in a service and in a group that it is linked to", lambda: _linked("common", own=True)),
    passes=Example("LOG_LEVEL in the group only", lambda: _linked("common")),
)
AMBIGUOUS = Rule(
    code="RC126",
    name="key-in-two-groups",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Which of two linked groups wins is not documented and can change with any deploy.",
    fix="keep the variable in one of the groups, or set it on the service itself",
    source=GROUPS,
    look=Whole(_ambiguous),
    fires=Example("LOG_LEVEL in two groups that a service is linked to", lambda: _linked("common", "tracing")),
    passes=Example("LOG_LEVEL in one of them", lambda: _linked("common")),
)
TOO_LARGE = Rule(
    code="RC127",
    name="secret-files-too-large",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="Render takes 1 MB of secret files for one service together.",
    fix="keep large files in the image or in a bucket, and their key in a variable",
    source="https://render.com/docs/configure-environment-variables#secret-files",
    look=Whole(_too_large),
    fires=Example("two files of 600 KB", lambda: _files(600 * 1024)),
    passes=Example("two files of 4 KB", lambda: _files(4 * 1024)),
)
