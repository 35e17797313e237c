"""Durations as people write them: `500ms`, `90s`, `15m`, `24h`, `1h30m`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.config.node import MappingNode
    from reconciler.config.problems import Problems

DURATION_PATTERN = r"^(?:[0-9]{1,9}h)?(?:[0-9]{1,9}m)?(?:[0-9]{1,9}s)?(?:[0-9]{1,9}ms)?$"
"""Each unit at most once, the larger first; it also matches nothing at all, which `parse_duration` refuses."""

DURATION_SENTENCE = "must be a duration such as `500ms`, `90s`, `15m`, `24h` or `1h30m`"

_PARTS = re.compile(r"([0-9]{1,9})(ms|h|m|s)", re.ASCII)
_WHOLE = re.compile(DURATION_PATTERN.removesuffix("$") + r"\Z", re.ASCII)
_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_LONGEST = timedelta(days=3650)


def parse_duration(text: str) -> timedelta:
    """Read a duration; raises `ValueError`, whose text says what to write instead."""
    if not text or not _WHOLE.match(text):
        raise ValueError(DURATION_SENTENCE)
    duration = timedelta(milliseconds=sum(int(count) * _MILLISECONDS[unit] for count, unit in _PARTS.findall(text)))
    if duration > _LONGEST:
        raise ValueError("must not be longer than ten years")
    return duration


def duration(text: str, node: MappingNode, key: str, problems: Problems) -> timedelta:
    """Return a length of time above zero."""
    try:
        found = parse_duration(text)
    except ValueError as error:
        problems.add(node.value_places[key], f"`{key}` {error}")
        return parse_duration("1s")
    if not found:
        problems.add(node.value_places[key], f"`{key}` must be longer than nothing")
    return found
