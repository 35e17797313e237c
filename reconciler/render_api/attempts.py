"""When a request is tried again, how long after, and what is said about it.

A rate limit is waited for, for a long time; everything else gets a few attempts. No retry is silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tenacity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.ports import Clock, Progress

ATTEMPTS = 5
RATE_LIMIT_PATIENCE = 1800.0
"""Seconds for which refusals for the rate limit are waited out: half of the longest window that Render documents."""
_BACKOFF = tenacity.wait_exponential(multiplier=0.5, max=8.0) + tenacity.wait_random(0.0, 0.5)


class AttemptError(Exception):
    """One attempt that did not succeed and need not be the last; `reason` is a clause about what happened."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RateLimitedError(AttemptError):
    """Render answered 429: it did nothing. The bucket's gate waits before the next attempt."""


class FailedAttemptError(AttemptError):
    """No answer, or one that says that the server has a problem."""


def attempts(clock: Clock, progress: Progress | None) -> tenacity.AsyncRetrying:
    """Return the loop of one request's attempts; what ends it comes out as it is."""
    began = clock.monotonic()
    failures = 0

    def is_worth_another(error: BaseException) -> bool:
        nonlocal failures
        failures += isinstance(error, FailedAttemptError)
        return isinstance(error, AttemptError)

    def stop(state: tenacity.RetryCallState) -> bool:
        if isinstance(_error(state), RateLimitedError):
            return clock.monotonic() - began > RATE_LIMIT_PATIENCE
        return failures >= ATTEMPTS

    def wait(state: tenacity.RetryCallState) -> float:
        if isinstance(_error(state), RateLimitedError):
            return 0.0
        # Counted by failures, since waiting for a rate limit is no reason to wait longer after them.
        state.attempt_number, number = failures, state.attempt_number
        seconds = _BACKOFF(state)
        state.attempt_number = number
        return seconds

    def say(state: tenacity.RetryCallState) -> None:
        error = _error(state)
        if progress and isinstance(error, FailedAttemptError):
            progress.say(f"{error.reason}; trying again ({failures + 1} of {ATTEMPTS})")

    return tenacity.AsyncRetrying(
        sleep=_sleeper(clock),
        retry=tenacity.retry_if_exception(is_worth_another),
        stop=stop,
        wait=wait,
        before_sleep=say,
        reraise=True,
    )


def _sleeper(clock: Clock) -> Callable[[float], Awaitable[None]]:
    async def sleep(seconds: float) -> None:
        if seconds > 0:
            await clock.sleep(seconds)

    return sleep


def _error(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
