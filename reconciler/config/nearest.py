"""Words for errors: the nearest known one, and lists of them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MANY = 12
"""More words than this help nobody in a one-line error."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for the nearest known word, the known words themselves, or nothing."""
    words = sorted(known)
    lowered = {candidate.lower(): candidate for candidate in words}
    near = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    if near:
        return f"; did you mean `{lowered[near[0]]}`?"
    return f"; known: {listed(words)}" if 0 < len(words) <= _MANY else ""


def listed(words: Iterable[str], conjunction: str = "and") -> str:
    """Return words as a sentence has them: `a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:  # noqa: PLR2004 — one word needs no conjunction
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {conjunction} {quoted[-1]}"
