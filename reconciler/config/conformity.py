"""Whether the nodes of a file are what the schema says, and where not, in words for its author."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from reconciler.config.node import MappingNode, place_of
from reconciler.config.validator import validator
from reconciler.config.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

    from reconciler.config.problems import Problems

Path = tuple[str | int, ...]


def check_schema(root: MappingNode, problems: Problems) -> list[Path]:
    """Add what does not conform to the problems; return the paths of what must not be looked at any further."""
    broken: list[Path] = []
    checker = validator()
    for error in checker.iter_errors(root):
        for leaf in _leaves(error, checker.schema):
            path: Path = tuple(leaf.absolute_path)
            about_key = leaf.validator in {"additionalProperties", "propertyNames"}
            problems.add(place_of(root, path, key=about_key or leaf.validator == "required"), sentence(leaf, path))
            broken.append(path)
    return broken


def _leaves(error: ValidationError, schema: dict[str, Any]) -> Iterator[ValidationError]:
    """Go down from a union to the errors of the one branch that was meant."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    branches = error.validator_value
    meant = max(range(len(branches)), key=lambda index: _likeness(branches[index], error.instance, schema))
    for inner in error.context:
        if inner.schema_path[0] == meant:
            yield from _leaves(inner, schema)


def _likeness(branch: dict[str, Any], instance: object, schema: dict[str, Any]) -> float:
    """Say how much a mapping looks like what a branch describes, by its keys or by holding mappings only."""
    if not isinstance(instance, MappingNode):
        return 0
    if "$ref" in branch:
        branch = schema["$defs"][branch["$ref"].removeprefix("#/$defs/")]
    named = branch.get("properties")
    if named is None:
        return len(branch) if any(isinstance(item, dict) for item in instance.values()) else 0
    return sum(max(SequenceMatcher(None, key, name).ratio() for name in named) ** 2 for key in list(instance)[:8])
