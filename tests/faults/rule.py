"""What happens to which request: a rule is armed by a test, strikes once or more, and tells when it has."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.wire import Reply, Request


class Hold(StrEnum):
    """Where a request waits until the test lets it go."""

    BEFORE = "before"
    """The sandbox has not got it."""
    ANSWERED = "answered"
    """The sandbox has carried it out; the client has not got a byte of the answer."""
    DELIVERED = "delivered"
    """The client has got all of the answer; nothing that it sends from then on is passed on."""


class Break(StrEnum):
    """How the connection ends, or does not."""

    BEFORE = "reset before"
    AFTER = "reset after passing on"
    TRUNCATED = "truncated"
    STALLED = "stalled"
    """It is passed on, and no byte of the answer ever comes."""


@dataclass(slots=True)
class Rule:
    """Made by a test; all but what it remembers is set once."""

    label: str
    """A glob over the request's label."""
    occurrence: int = 1
    """The first request to be struck, counted among those that match, from 1."""
    times: int = 1
    hold: Hold | None = None
    freezes: bool = False
    """Whether nothing else is passed on either, once this one is held."""
    breaks: Break | None = None
    answer: Reply | None = None
    """What the client gets instead of the sandbox's answer."""
    passes_on: bool = True
    """Whether the request reaches the sandbox although another answer is given."""
    before: Callable[[], None] | None = None
    """Done just before the request is passed on; nothing else is passed on meanwhile."""
    after: Callable[[], None] | None = None
    """Done just after the sandbox has answered, likewise."""
    reached: threading.Event = field(default_factory=threading.Event)
    hits: int = 0
    delivered: int | None = None
    """The place in the log's order at which the client had the answer of the last request that was struck."""
    _matches: int = 0
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def concerns(self, request: Request) -> bool:
        """Count a request that matches, and tell whether it is struck."""
        if not fnmatchcase(request.label, self.label):
            return False
        self._matches += 1
        struck = self.occurrence <= self._matches < self.occurrence + self.times
        self.hits += struck
        return struck

    async def wait(self) -> None:
        """Wait until it is let go."""
        await self._released.wait()

    def let_go(self) -> None:
        """To be called in the proxy's own thread."""
        self._released.set()
