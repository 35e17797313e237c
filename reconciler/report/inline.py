"""Text of other people's making on one line of ours: nothing in it can move a cursor, hide or pretend."""

from __future__ import annotations

LONGEST = 60
"""Characters of a value that are shown; a plan is read by people, the file holds all of it."""


def inline(text: str, limit: int | None = LONGEST) -> str:
    """Return text on one line: control, format and bidirectional characters escaped, the end cut off at a limit."""
    shown = "".join(character if character.isprintable() else _escaped(character) for character in text)
    if limit is not None and len(shown) > limit:
        return shown[: limit - 1] + "…"
    return shown


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it has to be."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
