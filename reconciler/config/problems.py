"""The problems of one file, gathered so that all of them are told at once, and words to tell them in."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from reconciler.errors import ConfigError, Location, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from reconciler.config.node import Place


class Problems:
    """What is wrong with one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[tuple[Place | None, str], None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, place: Place | None, message: str) -> None:
        """Remember a problem; the same words at the same place are one problem."""
        self._found[place, message] = None

    def location(self, place: Place) -> Location:
        """Return a place as one of this file."""
        return Location(self.file, *place)

    def error(self) -> ConfigError:
        """Return everything found, by place."""
        ordered = sorted(self._found, key=lambda found: (found[0] or (0, 0), found[1]))
        return ConfigError(
            Problem(message if place else f"{self.file}: {message}", self.location(place) if place else None)
            for place, message in ordered
        )


def fatal(file: str, place: Place | None, message: str) -> ConfigError:
    """Return the error for a file of which nothing more can be said."""
    problems = Problems(file)
    problems.add(place, message)
    return problems.error()


_MANY = 12
"""More words than this help nobody in a one-line error."""

_LONGEST = 64
"""Characters of a word that are compared; the time grows with their square, and no known word is longer."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for the nearest known word, or nothing."""
    lowered = {candidate.lower(): candidate for candidate in sorted(known)}
    near = get_close_matches(word.lower()[:_LONGEST], lowered, n=1, cutoff=0.6)
    return f"; did you mean `{lowered[near[0]]}`?" if near else ""


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return `; did you mean …?` for the nearest known word, the known words themselves, or nothing."""
    found = nearest(word, known)
    return found or (f"; known: {listed(sorted(known))}" if 0 < len(known) <= _MANY else "")


def unknown(what: str, word: str, known: Collection[str]) -> str:
    """Say that a name is not known; it is repeated only where it is almost one, since it may be something pasted."""
    near = nearest(word, known)
    if near:
        return f"unknown {what} `{word}`{near}"
    return f"unknown {what}{did_you_mean(word, known) if known else '; there is none'}"


def listed(words: Iterable[str], conjunction: str = "and") -> str:
    """Return words as a sentence has them: `a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:  # noqa: PLR2004 — one word needs no conjunction
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {conjunction} {quoted[-1]}"
