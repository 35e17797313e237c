"""Plain text: `string`, and `enum` for one of a few words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.value_types.option import LENGTH, PATTERN, WORDS
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions


def _string(options: TypeOptions, text: str) -> str | None:
    if not options:
        return None
    shortest, longest, pattern = options.get("min_length"), options.get("max_length"), options.get("pattern")
    if isinstance(shortest, int) and len(text) < shortest:
        return f"the value is too short: it needs at least {shortest} characters"
    if isinstance(longest, int) and len(text) > longest:
        return f"the value is too long: it may have at most {longest} characters"
    if isinstance(pattern, str) and not re.fullmatch(pattern, text):
        return "the value does not match `pattern`: the regular expression has to match all of it"
    return None


def _lengths(options: TypeOptions) -> str | None:
    shortest, longest = options.get("min_length"), options.get("max_length")
    if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
        return "option `min_length` is greater than `max_length`"
    return None


def _enum(options: TypeOptions, text: str) -> str | None:
    values = options.get("values")
    if isinstance(values, list) and text in values:
        return None
    return "the value is none of the words that `values` lists: write one of them, with the same capital letters"


STRING = ValueType(
    "string",
    _string,
    options={"pattern": PATTERN, "min_length": LENGTH, "max_length": LENGTH},
    conflict=_lengths,
)
ENUM = ValueType("enum", _enum, options={"values": WORDS}, required=frozenset({"values"}))
