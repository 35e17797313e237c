"""What is left of a file without its mistakes, so that the rest can be checked too and all mistakes told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.config.node import MappingNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.config.conformity import Path

Broken = frozenset[tuple[str | int, ...]]
"""The paths of what was taken away: names that exist, so that nobody is told that they do not."""

_ENTRIES = frozenset({"variables", "secret_files"})


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
