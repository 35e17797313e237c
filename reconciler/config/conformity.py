"""Whether the nodes of a file are what the schema says, and where not, in words for its author."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from reconciler.config.node import MappingNode, place_of
from reconciler.config.problems import nearest
from reconciler.config.validator import validator
from reconciler.config.wording import missing_key, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema.exceptions import ValidationError

    from reconciler.config.problems import Problems

Path = tuple[str | int, ...]

Broken = frozenset[tuple[str | int, ...]]
"""The paths of what was taken away: names that exist, so that nobody is told that they do not."""

_ENTRIES = frozenset({"variables", "secret_files"})


def check_schema(root: MappingNode, problems: Problems) -> list[Path]:
    """Add what does not conform to the problems; return the paths of what must not be looked at any further."""
    checker = validator()
    found = [leaf for error in checker.iter_errors(root) for leaf in _leaves(error, checker.schema)]
    unknown: dict[Path, list[str]] = {}
    for leaf in found:
        if leaf.validator == "additionalProperties":
            unknown.setdefault(tuple(leaf.absolute_path)[:-1], []).append(str(leaf.instance))
    mistyped = {tuple(leaf.absolute_path) for leaf in found if leaf.validator == "type"}
    broken: list[Path] = []
    for leaf in found:
        path: Path = tuple(leaf.absolute_path)
        broken.append(path)
        if leaf.validator != "type" and path in mistyped:
            continue
        if leaf.validator == "required" and _is_misspelt(missing_key(leaf), unknown.get(path, ())):
            continue
        about_key = leaf.validator in {"additionalProperties", "propertyNames", "required"}
        problems.add(place_of(root, path, key=about_key), sentence(leaf, path))
    return broken


def _is_misspelt(key: str, unknown: Iterable[str]) -> bool:
    """Whether one of the unknown keys beside a missing one is the missing one with a mistake in it."""
    return any(nearest(word, [key]) for word in unknown)


def _leaves(error: ValidationError, schema: dict[str, Any]) -> Iterator[ValidationError]:
    """Go down from a union to the errors of the one branch that was meant."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    branches: Any = error.validator_value
    if not _is_likely(error.instance, branches, schema):
        yield error
        return
    meant = max(range(len(branches)), key=lambda index: _likeness(branches[index], error.instance, schema))
    for inner in error.context:
        if inner.schema_path[0] == meant:
            yield from _leaves(inner, schema)


def _is_likely(instance: object, branches: list[dict[str, Any]], schema: dict[str, Any]) -> bool:
    """Whether a mapping has anything that tells which branch is meant."""
    if not isinstance(instance, MappingNode) or any(isinstance(item, dict) for item in instance.values()):
        return True
    telling = {name for branch in branches for name in _resolved(branch, schema).get("properties", ())} - {"property"}
    return any(nearest(key, telling) for key in instance)


def _resolved(branch: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"][branch["$ref"].removeprefix("#/$defs/")] if "$ref" in branch else branch
    return found


def _likeness(branch: dict[str, Any], instance: object, schema: dict[str, Any]) -> float:
    """Say how much a mapping looks like what a branch describes, by its keys or by holding mappings only."""
    if not isinstance(instance, MappingNode):
        return 0
    branch = _resolved(branch, schema)
    named = branch.get("properties")
    if named is None:
        return len(branch) if any(isinstance(item, dict) for item in instance.values()) else 0
    return sum(max(SequenceMatcher(None, key[:64], name).ratio() for name in named) ** 2 for key in list(instance)[:8])


def prune(root: MappingNode, paths: Iterable[Path]) -> Broken:
    """Take away the smallest part around each path that can be missed; return what was taken."""
    taken = {_part(path) for path in paths if path}
    for part in taken:
        _remove(root, part)
    root["version"] = 1
    return frozenset(taken)


def _part(path: Path) -> Path:
    match path:
        case ("services" | "env_groups", _, entries, _, *_) if entries in _ENTRIES:
            return path[:4]
        case ("services" | "env_groups", _, "render", *_):
            return path[:2]
        case ("services", _, "deploy", _, *_):
            return path[:4]
        case ("services" | "env_groups" | "environments", _, _, *_):
            return path[:3]
        case ("services" | "env_groups" | "environments" | "variables", _, *_):
            return path[:2]
        case _:
            return path[:1]


def _remove(root: MappingNode, part: Path) -> None:
    node: object = root
    for step in part[:-1]:
        node = node.get(str(step)) if isinstance(node, MappingNode) else None
    if not isinstance(node, MappingNode):
        return
    name = str(part[-1])
    if part[0] == "environments" and len(part) == 2 and name in node:  # noqa: PLR2004 — the path `environments`, NAME
        # An environment whose body is wrong still exists.
        node[name] = MappingNode(node.value_places[name])
    else:
        node.pop(name, None)
