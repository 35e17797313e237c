"""Identifiers and spans of time: `uuid` and `duration`."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

_UNITS = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h|d))+")
"""As Go's time.ParseDuration reads it, and days."""
_ISO = re.compile(
    r"P(?=[0-9T])(?:[0-9]+W|(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?)"
)
"""ISO 8601 without years and months, whose lengths vary."""


def _uuid(_options: TypeOptions, text: str) -> str | None:
    try:
        # Python's parser also takes braces, `urn:uuid:` and no hyphens; other languages do not.
        right = str(uuid.UUID(text)) == text.lower()
    except ValueError:
        right = False
    return None if right else f"the value is not a UUID: {UUID.right}"


def _duration(_options: TypeOptions, text: str) -> str | None:
    if _UNITS.fullmatch(text) or _ISO.fullmatch(text):
        return None
    return f"the value is not a duration: {DURATION.right}"


UUID = ValueType("uuid", _uuid, "write 32 hexadecimal digits in groups of 8-4-4-4-12, with hyphens")
DURATION = ValueType("duration", _duration, "write numbers with units, such as 30s, 15m or 1h30m, or ISO 8601 as PT15M")
