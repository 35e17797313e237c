"""What a test of the client needs: a clock that does not wait, a note of what was said, and open connections."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from reconciler.domain.value import Secret
from reconciler.render_api import RenderConnection, RenderWriter
from tests.render_api.lying_server import LyingServer, Received, Reply, lying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

T = TypeVar("T")

SERVICE = "srv-0123456789abcdefghij"
NO_ANSWER_IN_TIME = 60


@dataclass(slots=True)
class FakeClock:
    """Time that passes only when somebody waits."""

    seconds: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


@dataclass(slots=True)
class Said:
    """What a person who watches was told."""

    lines: list[str] = field(default_factory=list)

    def say(self, message: str) -> None:
        self.lines.append(message)

    def wait(self, message: str) -> None:
        self.lines.append(message)


@dataclass(slots=True)
class Stage:
    """A client over an open connection to a lying server."""

    server: LyingServer
    connection: RenderConnection
    writer: RenderWriter
    clock: FakeClock
    said: Said
    api_key: str


async def wanted() -> bool:
    """Confirm any write."""
    return True


@asynccontextmanager
async def stage(answer: Callable[[Received], Reply] | list[Reply], *, parallelism: int = 16) -> AsyncIterator[Stage]:
    api_key = f"rnd_{secrets.token_urlsafe(24)}"
    clock, said = FakeClock(), Said()
    async with lying(answer) as server:
        connection = RenderConnection(server.url, Secret(api_key), clock=clock, progress=said, parallelism=parallelism)
        async with connection:
            yield Stage(server, connection, RenderWriter(connection), clock, said, api_key)


def perform(answer: Callable[[Received], Reply] | list[Reply], act: Callable[[Stage], Awaitable[T]]) -> T:
    """Run one act against a lying server."""

    async def run() -> T:
        async with asyncio.timeout(NO_ANSWER_IN_TIME), stage(answer) as stage_:
            return await act(stage_)

    return asyncio.run(run())
