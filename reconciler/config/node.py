"""What a YAML file holds, as plain dictionaries and lists that know where each of their items was written."""

from __future__ import annotations

import re
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

    def items_of(self, key: str) -> SequenceNode:
        """Return the list at a key, or an empty one where there is none."""
        found = self.get(key)
        return found if isinstance(found, SequenceNode) else SequenceNode(self.place)


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


_WORDS: dict[str, bool | float | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]+\Z", re.ASCII)
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z", re.ASCII)
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z", re.ASCII)

_MAYBE = frozenset("0123456789+-.~nNtTfF")
"""What anything but text starts with, so that most scalars need one look only."""

_LONGEST_NUMBER = 300
"""Digits; Python refuses to read integers past 4,300, and nothing in this language needs so many."""


def resolve(text: str) -> str | bool | int | float | None:
    """Return the value of a plain scalar: null, true or false, a number, or the very text."""
    if text and text[0] not in _MAYBE:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return float("inf") if _INTEGER.match(text) or _BASED.match(text) or _FLOAT.match(text) else text
    if _INTEGER.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.match(text):
        return float(text)
    if _INFINITE.match(text):
        return float(text.replace(".", "").lower())
    return text
