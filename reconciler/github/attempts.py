"""How often a request is tried again, and how long after."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.errors import GitHubError
    from reconciler.ports import Clock, Progress

ATTEMPTS = 5
PATIENCE = 1800.0
"""Seconds for which one request waits for rate limits altogether; a job that waits costs money."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that did not succeed."""

    error: GitHubError
    asked_wait: float | None = None
    """Seconds that GitHub asks to wait, having done nothing; `None` where it is no refusal for a rate limit."""
    is_passing: bool = False
    """Whether trying again may help."""
    may_be_done: bool = False
    """Whether it may have been carried out all the same."""


class Attempts:
    """The attempts at one request: rate limits are waited for, everything else gets a few attempts."""

    def __init__(self, clock: Clock, progress: Progress | None) -> None:
        self._clock = clock
        self._progress = progress
        self._failures = 0
        self._waited = 0.0
        self.refusals = 0
        """How often a rate limit was the reason."""

    async def pause(self, failure: Failure) -> bool:
        """Wait until it is time to go on, and return whether there may be another attempt."""
        if failure.asked_wait is not None:
            return await self._wait_for_limit(failure.asked_wait)
        if not failure.is_passing:
            return False
        self._failures += 1
        is_last = self._failures == ATTEMPTS
        if not is_last:
            self._say(f"{failure.error.message}; trying again ({self._failures + 1} of {ATTEMPTS})")
        if not is_last or failure.may_be_done:
            # Also before looking whether it was done: GitHub may need a moment to show it.
            await self._clock.sleep(2.0 ** (self._failures - 2) + random.uniform(0.0, 0.5))  # noqa: S311 — spreads requests, guards nothing
        return not is_last

    async def _wait_for_limit(self, seconds: float) -> bool:
        self.refusals += 1
        self._waited += seconds
        if self._waited > PATIENCE:
            return False
        self._say(f"rate limit of GitHub's API reached; waiting {round(seconds)} s")
        await self._clock.sleep(seconds)
        return True

    def _say(self, message: str) -> None:
        if self._progress is not None:
            self._progress.say(message)
