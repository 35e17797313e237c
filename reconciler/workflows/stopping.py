"""Stopping: how a wish to stop reaches what is waiting, so that nothing new is sent after it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.errors import RenderError

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.ports import Clock


class StoppedError(RenderError):
    """Somebody asked to stop before a request was sent, or sent again."""

    def __init__(self) -> None:
        super().__init__("interrupted before it was sent")


class StoppableClock:
    """A clock whose sleep ends with `StoppedError` as soon as somebody asks to stop.

    A connection that gets it neither sits out a rate limit nor tries again after the wish to stop.
    """

    def __init__(self, clock: Clock, stop: asyncio.Event) -> None:
        self._clock = clock
        self._stop = stop

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never run backwards."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; raises `StoppedError` instead of waiting on."""
        if not await pause(self._clock, self._stop, seconds):
            raise StoppedError


async def pause(clock: Clock, stop: asyncio.Event, seconds: float) -> bool:
    """Wait for so long, or until somebody asks to stop; return whether to go on."""
    waits = [asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(stop.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return not stop.is_set()
