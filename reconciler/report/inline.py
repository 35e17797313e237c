"""Text of other people's making on one line of ours, and numbers with their nouns."""

from __future__ import annotations

from reconciler.domain.printable import printable

LONGEST = 60
"""Characters of a value that are shown; a plan is read by people, the file holds all of it."""


def inline(text: str, limit: int | None = None) -> str:
    """Return text on one line, nothing in it that could move a cursor, hide or pretend.

    Only a value may be cut off at a limit, and then says how long it is: two names that are cut look alike.
    """
    shown = printable(text)
    if limit is None or len(shown) <= limit:
        return shown
    return f"{printable(text[:limit])[: limit - 1]}…({count(len(text), 'character')})"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it has to be."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
