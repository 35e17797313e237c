"""Interruption: SIGINT and SIGTERM while an apply writes ask it to stop; they never end it in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

NOTICE = b"\nStopping: what is in flight is finished, nothing new is begun.\n"


class Interruption:
    """From its making to the end of the program, signals only set `stop`; the result is still shown whole.

    Made outside the event loop: handlers that the loop installs are gone when it closes, and a signal between that and
    the result's last line would end the program without it.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def attach(self) -> asyncio.Event:
        """Return the event that signals set, having tied it to the running loop."""
        self._loop = asyncio.get_running_loop()
        return self.stop

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.stop.set()
        # Written past Python's buffers, which the interrupted code may be in the middle of; the reader of a pipe, `tee`
        # say, may have been interrupted too.
        with suppress(OSError, ValueError):
            os.write(sys.stderr.fileno(), NOTICE)
        if self._loop is not None:
            # Wakes the loop; it is closed already once the result is being shown.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.stop.set)
