"""Whether two names are one name written twice: by case, by separators, or by a slip of the finger."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PART = re.compile(r"[^_.-]+")
_SYNONYMS = frozenset({frozenset({"url", "uri"})})
_SHORTEST = 5
"""Characters of a word from which on one slip leaves it recognisable; `MIN` and `MAX` are two words."""
_SHORTEST_FOR_TWO = 9


def bare(key: str) -> str:
    """Return a name without what case and separators make of it."""
    return "".join(_PART.findall(key.lower()))


def alike(one: str, other: str) -> bool:
    """Whether two different names are likely meant to be one."""
    if bare(one) == bare(other):
        return bare(one) != ""
    ours, theirs = _PART.findall(one.lower()), _PART.findall(other.lower())
    if len(ours) != len(theirs):
        return False
    different = [(mine, its) for mine, its in zip(ours, theirs, strict=True) if mine != its]
    return len(different) == 1 and _slip(*different[0])


def _slip(one: str, other: str) -> bool:
    if frozenset({one, other}) in _SYNONYMS:
        return True
    if any(map(str.isdigit, one + other)) or one + "s" == other or other + "s" == one:
        return False
    if one[1:] == other[1:]:
        return False  # fingers seldom slip on the first letter: PATCH and BATCH, LIGHT and RIGHT are two words
    shorter = min(len(one), len(other))
    allowed = 0 if shorter < _SHORTEST else 1 if shorter < _SHORTEST_FOR_TWO else 2
    return abs(len(one) - len(other)) <= allowed and _distance(one, other) <= allowed


def _distance(one: str, other: str) -> int:
    """Return how many letters were left out, put in, replaced or exchanged with their neighbour."""
    rows = [list(range(len(other) + 1))]
    for row, mine in enumerate(one, 1):
        line = [row]
        for column, its in enumerate(other, 1):
            steps = [rows[-1][column] + 1, line[-1] + 1, rows[-1][column - 1] + (mine != its)]
            if row > 1 and column > 1 and mine == other[column - 2] and one[row - 2] == its:
                steps.append(rows[-2][column - 2] + 1)
            line.append(min(steps))
        rows.append(line)
    return rows[-1][-1]


@lru_cache(maxsize=2048)
def alike_pairs(keys: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return all pairs of names that look alike, each in order; services share their names, so answers are kept."""
    return tuple(sorted({(min(pair), max(pair)) for pair in _candidates(keys) if alike(*pair)}))


def _candidates(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return pairs that agree in all words but one: the only ones worth a closer look."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for key in sorted(keys):
        parts = _PART.findall(key.lower())
        masks: list[tuple[object, ...]] = [
            (index, *parts[:index], None, *parts[index + 1 :]) for index in range(len(parts))
        ]
        for mask in [(bare(key),), *masks]:
            for other in groups.setdefault(mask, []):
                yield other, key
            groups[mask].append(key)
