"""Rate limits: fixed windows per key and bucket, as Render's `Ratelimit-*` headers describe them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_DEPLOYING = re.compile(r"POST /services/[^/]+/(deploys|scale)|PATCH /services/[^/]+")
_CREATING = re.compile(r"POST /(services|postgres|key-value)")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    window: float = 60.0


RENDER_LIMITS: Mapping[str, Limit] = {
    "get": Limit(400),
    "logs": Limit(30),
    "write": Limit(100),
    "deploy": Limit(10),
    "create": Limit(20, window=3600.0),
}
"""Render's own limits by bucket: its documentation on rate limits, and the headers it was recorded to send."""

NO_LIMITS: Mapping[str, Limit] = {bucket: Limit(1_000_000_000) for bucket in RENDER_LIMITS}
"""For rehearsals that are not about rate limits."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands after a request."""

    limit: int
    remaining: int
    reset: int
    """Whole seconds until the window ends; Render sends the seconds left, not a time of day."""
    exceeded: bool

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return what every response carries."""
        numbers = {
            b"ratelimit-limit": self.limit,
            b"ratelimit-remaining": self.remaining,
            b"ratelimit-reset": self.reset,
        }
        return [(name, str(number).encode()) for name, number in numbers.items()]


@dataclass(frozen=True, slots=True)
class _Window:
    ends_at: datetime
    used: int


class RateLimiter:
    """Counts requests per key and bucket."""

    def __init__(self, limits: Mapping[str, Limit] = RENDER_LIMITS) -> None:
        self._limits = dict(limits)
        self._windows: dict[tuple[str, str], _Window] = {}

    def change(self, limits: Mapping[str, Limit]) -> None:
        """Set some limits anew and forget what was counted."""
        self._limits.update(limits)
        self._windows.clear()

    def take(self, key: str, bucket: str, now: datetime) -> Standing:
        """Count one request; one too many is not counted, but told so."""
        limit = self._limits[bucket]
        window = self._windows.get((key, bucket))
        if window is None or window.ends_at <= now:
            window = _Window(now + timedelta(seconds=limit.window), used=0)
        exceeded = window.used >= limit.requests
        if not exceeded:
            window = replace(window, used=window.used + 1)
        self._windows[key, bucket] = window
        # Rounded down, as recorded: at 18:25:17 and something, 42 seconds were left of the minute.
        reset = math.floor((window.ends_at - now).total_seconds())
        return Standing(limit.requests, limit.requests - window.used, reset, exceeded)


def bucket_of(method: str, path: str) -> str:
    """Return the bucket that a request counts in; the path has no `/v1`."""
    line = f"{method} {path}"
    if method in {"GET", "HEAD"}:
        return "logs" if path == "/logs" else "get"
    if _DEPLOYING.fullmatch(line):
        return "deploy"
    return "create" if _CREATING.fullmatch(line) else "write"
