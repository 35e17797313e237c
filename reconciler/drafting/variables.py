"""Variables of one service or group: what was found in each environment as one definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.definition import (
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
    TypeSpec,
)
from reconciler.domain.draft import ONLY_IN, DraftVariable
from reconciler.value_types import infer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Source
    from reconciler.domain.draft import FoundVariable

_FROM = (FromPostgres, FromKeyValue, FromService, FromVariable)


def variables_of(found: Mapping[str, Mapping[str, FoundVariable]]) -> dict[str, DraftVariable]:
    """Return the variables of an entry by name, out of those of each environment."""
    keys = sorted({key for variables in found.values() for key in variables})
    return {
        key: _one(key, {place: variables[key] for place, variables in found.items() if key in variables}, len(found))
        for key in keys
    }


def _one(key: str, found: Mapping[str, FoundVariable], environments: int) -> DraftVariable:
    sources: dict[str, Source] = {place: one.source for place, one in found.items()}
    notes = list(dict.fromkeys(note for one in found.values() for note in one.notes))
    if not are_alike(sources):
        # One definition has one kind of source; that people set it is true of each.
        said = ", ".join(f"{kind_of(source)} in {place}" for place, source in sources.items())
        notes.append(f"decide: {said}; kept as it is on Render")
        sources = dict.fromkeys(sources, External())
    values = {place: one.value.reveal() for place, one in found.items() if one.value is not None}
    shapes = {place: _described(infer(key, [value])) for place, value in values.items()}
    if len(set(shapes.values())) > 1:
        notes.append(f"decide: {', '.join(f'{shape} in {place}' for place, shape in shapes.items())}")
    if len(found) < environments:
        notes.append(f"{ONLY_IN}{', '.join(found)}")
    known = len(values) == len(found)
    return DraftVariable(sources, infer(key, values.values()) if known else TypeSpec(), tuple(notes))


def _described(spec: TypeSpec) -> str:
    options = ", ".join(f"{name} {option}" for name, option in spec.options.items())
    return f"{spec.name} ({options})" if options else spec.name


def are_alike(sources: Mapping[str, Source]) -> bool:
    """Whether one definition can have all of these sources: of one kind, and recipes the very same."""
    distinct = list(sources.values())
    if len({kind_of(source) for source in distinct}) > 1:
        return False
    return not isinstance(distinct[0], Generate) or all(source == distinct[0] for source in distinct)


def kind_of(source: Source) -> str:
    """Return the key of `services.yaml` under which a source stands."""
    if isinstance(source, _FROM):
        return "from"
    return {"Literal": "value", "SecretRef": "secret"}.get(type(source).__name__, type(source).__name__.lower())
