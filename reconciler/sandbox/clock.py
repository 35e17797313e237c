"""Time inside the sandbox: the machine's, plus what a rehearsal skipped.

Everything that progresses (deploys, jobs, log lines, rate limit windows) is computed from this clock when somebody
asks. So nothing sleeps, and a test that wants tomorrow advances the clock instead of waiting.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_TICK = timedelta(microseconds=1)


class Clock:
    """A clock that never shows the same microsecond twice, so that timestamps order what happened."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        self._last = max(datetime.now(UTC) + self._ahead, self._last + _TICK)
        return self._last

    def advance(self, seconds: float) -> datetime:
        """Skip some time and return the new time of day."""
        self._ahead += timedelta(seconds=seconds)
        return self.now()


def stamp(moment: datetime) -> str:
    """Write a moment the way Render does: RFC 3339 with microseconds and a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(text: str) -> datetime:
    """Read a moment from a query: RFC 3339, or seconds since 1970 (Render's OpenAPI document mentions both).

    Raises `ValueError` for anything else.
    """
    if text.isdecimal():
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
