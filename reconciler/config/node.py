"""What a YAML file holds, as plain dictionaries and lists that know where each of their items was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Place = tuple[int, int]
"""Line and column, both counted from 1."""


class MappingNode(dict[str, Any]):
    """A mapping in its file's order; `raw` has the typed characters of plain scalars that are not text."""

    __slots__ = ("key_places", "place", "raw", "value_places")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[str, Place] = {}
        self.value_places: dict[str, Place] = {}
        self.raw: dict[str, str] = {}

    def text(self, key: str) -> str:
        """Return the characters of a scalar as they were typed."""
        return self.raw[key] if key in self.raw else str(self[key])

    def without(self, keys: Iterable[str]) -> MappingNode:
        """Return the same mapping without some keys."""
        rest = MappingNode(self.place)
        rest.key_places, rest.value_places, rest.raw = self.key_places, self.value_places, self.raw
        left_out = set(keys)
        rest.update((key, value) for key, value in self.items() if key not in left_out)
        return rest

    def of(self, key: str) -> MappingNode:
        """Return the mapping at a key, or an empty one where there is none."""
        found = self.get(key)
        return found if isinstance(found, MappingNode) else MappingNode(self.place)


class SequenceNode(list[Any]):
    """A list; `raw` has the typed characters of plain scalars that are not text."""

    __slots__ = ("place", "places", "raw")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []
        self.raw: dict[int, str] = {}

    def text(self, index: int) -> str:
        """Return the characters of a scalar as they were typed."""
        return self.raw[index] if index in self.raw else str(self[index])


Node = MappingNode | SequenceNode | str | int | float | bool | None


def place_of(root: Node, path: Iterable[str | int], *, key: bool = False) -> Place:
    """Return where the value at a path was written, or its key; the nearest that there is where it was not."""
    place = (1, 1)
    node = root
    for step in path:
        if isinstance(node, MappingNode) and step in node:
            name = str(step)
            place = node.key_places[name] if key else node.value_places[name]
            node = node[name]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node):
            place = node.places[step]
            node = node[step]
        else:
            break
    return place
