"""What dotenv files say of one service, a file for each environment: names, shapes, and where each value is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.config.names import ecma, shown
from reconciler.config.reference import parse_reference
from reconciler.domain.definition import SecretRef
from reconciler.domain.draft import FoundEntry, FoundVariable, Inventory
from reconciler.domain.names import KEY_PATTERN
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.value import Secret

_KEY = ecma(KEY_PATTERN)


@dataclass(frozen=True, slots=True)
class DotenvFile:
    """The variables of one environment."""

    path: str
    """As references name it, relative to the folder of services.yaml."""
    values: Mapping[str, Secret | None]
    """By name; `None` for a name without `=`."""


def inventory_of(service: str, files: Mapping[str, DotenvFile], workspace: str | None) -> Inventory:
    """Return what the files of each environment say; every value stays where it is, and is referred to there.

    Raises `UsageError` for a file that no reference can name.
    """
    for file in files.values():
        _require_nameable(file.path)
    note = "decide: the service's name, here and on Render"
    found = [
        FoundEntry(
            f"{service}-{environment}",
            f"{service}-{environment}",
            environment,
            {key: _variable(key, environment, files) for key in file.values if _is_usable(key, file)},
            notes=(note, *_left_out(environment, file)),
        )
        for environment, file in files.items()
    ]
    named = ", ".join(file.path for file in files.values())
    outside = [
        f"{file.path} is outside of the folder of services.yaml: move it there, or plan with --allow-outside."
        for file in files.values()
        if file.path.startswith(("../", "/"))
    ]
    return Inventory(named, tuple(found), workspace=workspace, notes=tuple(outside))


def _variable(key: str, environment: str, files: Mapping[str, DotenvFile]) -> FoundVariable:
    value = files[environment].values[key]
    values = [file.values[key] for file in files.values() if _is_usable(key, file)]
    note = "the same value in each environment" if all(other == value for other in values) else "values differ"
    reference = SecretRef("dotenv", files[environment].path, pointer=f"/{key}")
    return FoundVariable(reference, value, (note,) if len(values) > 1 else ())


def _is_usable(key: str, file: DotenvFile) -> bool:
    value = file.values.get(key)
    return value is not None and not value.is_empty and _KEY.match(key) is not None


def _left_out(environment: str, file: DotenvFile) -> Sequence[str]:
    unfit = [key for key in file.values if not _KEY.match(key)]
    empty = [key for key in sorted(file.values) if key not in unfit and not _is_usable(key, file)]
    notes = [f"left out, since empty in {environment}: {', '.join(empty)}"] if empty else []
    if unfit:
        names = ", ".join(shown(key) or "one that is not shown" for key in sorted(unfit))
        notes.append(f"left out of {environment}, since Render takes no such names: {names}")
    return notes


def _require_nameable(path: str) -> None:
    try:
        right = parse_reference(f"dotenv://{path}#/KEY", {}).path == path
    except ValueError:
        right = False
    if not right:
        raise UsageError(
            f"no reference can name the file {path}: `#`, `?`, braces and control characters mean something in one",
            remedy="rename it, or its folder",
        )
