"""Options: what a type's own options in `services.yaml` may be, each as a question and the words for a wrong answer."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.domain.definition import Json


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a type: what it has to be, and for a choice the words to choose from."""

    expects: str
    accepts: Callable[[Json], bool]
    words: tuple[str, ...] = ()


def one_of(*words: str) -> Option:
    """Return an option that is one of a few words."""
    listed = ", ".join(f"`{word}`" for word in words)
    return Option(f"one of {listed}", lambda value: isinstance(value, str) and value in words, words)


def _is_whole(value: Json) -> bool:
    # To Python, true is a whole number; to the author of a YAML file it is not.
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Json) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _is_pattern(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _is_words(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(word, str) for word in value)


def _is_size(value: Json) -> bool:
    return isinstance(value, int) and _is_whole(value) and value > 0


def _is_length(value: Json) -> bool:
    return isinstance(value, int) and _is_whole(value) and value >= 0


def _is_claims(value: Json) -> bool:
    return _is_words(value) or (isinstance(value, dict) and bool(value))


WHOLE = Option("a whole number", _is_whole)
NUMBER = Option("a number", _is_number)
LENGTH = Option("a whole number, 0 or more", _is_length)
SIZE = Option("a whole number, 1 or more", _is_size)
FLAG = Option("`true` or `false`", lambda value: isinstance(value, bool))
PREFIX = Option("text", lambda value: isinstance(value, str) and bool(value))
PATTERN = Option("a regular expression that Python can read", _is_pattern)
WORDS = Option("a list of texts (put numbers and `true` between quotes)", _is_words)
VARIABLE = Option("the name of another variable", lambda value: isinstance(value, str) and bool(value))
CLAIMS = Option("a list of claims, or a mapping from claims to what they must be", _is_claims)
