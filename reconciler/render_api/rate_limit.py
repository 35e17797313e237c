"""Waiting for Render's rate limits instead of running into them, one gate for each bucket.

The API tells its limits in `Ratelimit-Remaining` and `Ratelimit-Reset` (seconds left) on every response, says recorded
traffic. A gate lets as many requests through as are certainly left: those remaining by the last answers, less those
still under way, which the answers may not have counted yet. Before the first answer of a window the guess is one
request: an earlier run may have used up the rest, and each further guess could be a refusal.

Where more was used than this client sent, somebody else works with the same key. The gate then counts on as many
requests of theirs under way as of its own, and leaves them a part of the window.
"""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from reconciler.ports import Clock, Progress

LONGEST_WINDOW = 3600.0
"""Seconds; Render's documentation knows no window longer than an hour, so nothing waits longer for one."""
UNTOLD_WAIT = 15.0
"""Seconds to wait after a refusal that does not say how long."""
LEFT_TO_OTHERS = 10
"""One request in so many is left to whoever else uses the key, for the rest of a window in which somebody did."""
ROUNDED_DOWN = 1.0
"""Seconds that the told ones may be too few: recorded traffic shows that what is left of a second is dropped."""
_SAME_WINDOW = 2.0
"""Seconds by which two answers may disagree on the end of one window, since they tell it in whole seconds."""


class RateGate:
    """The gate of one bucket. Waiting requests go through in the order in which they came.

    At most `parallelism` are under way: what has gone through cannot be called back when somebody else turns up.
    """

    def __init__(self, clock: Clock, progress: Progress | None, parallelism: int = 16) -> None:
        self._clock = clock
        self._progress = progress
        self._parallelism = parallelism
        self._turn = asyncio.Lock()
        self._answered = asyncio.Event()
        self._under_way = 0
        self._own = 0
        """How many of this client's requests the window may have counted."""
        self._left_to_others: int | None = None
        """How many requests stay unused; `None` while nobody else seems to use the key."""
        self._remaining: int | None = None
        self._resets_at = 0.0
        self._is_unlimited = False

    async def enter(self) -> None:
        """Wait until a request may be sent; each one that entered has to leave."""
        async with self._turn:
            while not self._is_open():
                if self._under_way:
                    self._answered.clear()
                    await self._answered.wait()
                else:
                    await self._wait_for_reset()
            self._under_way += 1
            self._own += 1

    def leave(self, headers: httpx.Headers | None, *, refused: bool = False) -> None:
        """Note what an answer tells about the window, or that there was none; `refused` is for status 429."""
        self._under_way -= 1
        self._answered.set()
        if headers is None:
            return
        remaining, limit = _number(headers.get("ratelimit-remaining")), _number(headers.get("ratelimit-limit"))
        seconds = _seconds_left(headers, refused=refused)
        if refused:
            remaining = 0
        if remaining is None or (seconds is None and not refused):
            self._is_unlimited = self._remaining is None
            return
        self._is_unlimited = False
        resets_at = self._clock.monotonic() + min(UNTOLD_WAIT if seconds is None else seconds, LONGEST_WINDOW)
        if self._remaining is None or resets_at > self._resets_at + _SAME_WINDOW:
            if self._remaining is not None:
                self._begin_window(counted=1)
            self._remaining, self._resets_at = int(remaining), resets_at
        else:
            # Answers overtake each other: within one window the smallest number is the newest.
            self._remaining = min(self._remaining, int(remaining))
            if seconds is not None:
                # Each says when it is over for certain, best of all the one that came just after a full second.
                self._resets_at = min(self._resets_at, resets_at)
        if limit is not None and limit - self._remaining > self._own:
            self._left_to_others = int(limit) // LEFT_TO_OTHERS

    def _begin_window(self, *, counted: int) -> None:
        """Forget the last window; the new one may have `counted` an answered request, and all that are under way."""
        self._own = self._under_way + counted
        self._left_to_others = None

    def _is_open(self) -> bool:
        if self._remaining is not None and self._clock.monotonic() >= self._resets_at:
            self._remaining = None
            self._begin_window(counted=0)
        if self._under_way >= self._parallelism:
            return False
        if self._remaining is None:
            # Nothing is known of this window: one request goes ahead and finds out.
            return self._is_unlimited or not self._under_way
        if self._left_to_others is None:
            return self._remaining > self._under_way
        return self._remaining > self._left_to_others + 2 * self._under_way

    async def _wait_for_reset(self) -> None:
        seconds = max(self._resets_at - self._clock.monotonic(), 0.0)
        if self._progress:
            until = self._clock.now() + timedelta(seconds=seconds)
            self._progress.wait(f"waiting for the rate limit until {until:%H:%M:%S} UTC")
        # A little more, so that clients that wait for the same moment do not all come at it.
        await self._clock.sleep(seconds + random.uniform(0.05, 0.25))  # noqa: S311 — spreads requests, guards nothing


def _seconds_left(headers: httpx.Headers, *, refused: bool) -> float | None:
    """Return after how many seconds the window is over for certain; `None` where nothing tells."""
    told = _number(headers.get("ratelimit-reset"))
    if told is not None:
        return told + ROUNDED_DOWN
    return _number(headers.get("retry-after")) if refused else None


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 — longer ones are no seconds and no counts
