"""The gate of a bucket waits instead of earning a refusal."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from reconciler.render_api.rate_limit import RateGate
from tests.render_api.stage import FakeClock, Said


class Window:
    """A server's fixed window: counts, refuses one too many, and tells where the client stands."""

    def __init__(self, clock: FakeClock, limit: int, seconds: float = 60.0) -> None:
        self.clock = clock
        self.limit = limit
        self.seconds = seconds
        self.used = 0
        self.ends = 0.0
        self.refused = 0

    def take(self) -> tuple[httpx.Headers, bool]:
        if self.clock.seconds >= self.ends:
            self.used, self.ends = 0, self.clock.seconds + self.seconds
        refused = self.used >= self.limit
        self.used += not refused
        self.refused += refused
        left = {
            "ratelimit-limit": self.limit,
            "ratelimit-remaining": self.limit - self.used,
            "ratelimit-reset": int(self.ends - self.clock.seconds),
        }
        return httpx.Headers({name: str(number) for name, number in left.items()}), refused


async def _request(gate: RateGate, window: Window, slots: asyncio.Semaphore) -> None:
    while True:
        await gate.enter()
        async with slots:
            await asyncio.sleep(0)
            headers, refused = window.take()
            await asyncio.sleep(0)
        gate.leave(headers, refused=refused)
        if not refused:
            return


@pytest.mark.parametrize(("limit", "requests", "windows"), [(400, 1000, 2), (10, 35, 3), (1, 4, 3), (100, 100, 0)])
def test_no_refusal_is_earned_and_no_window_wasted(limit: int, requests: int, windows: int) -> None:
    async def run() -> None:
        clock, said = FakeClock(), Said()
        window = Window(clock, limit)
        gate, slots = RateGate(clock, said), asyncio.Semaphore(16)
        await asyncio.gather(*(_request(gate, window, slots) for _ in range(requests)))
        assert window.refused == 0
        assert len(said.lines) == windows
        assert clock.seconds - 1000 < 61 * windows + 1

    asyncio.run(run())


def test_another_clients_requests_cost_a_wait_and_no_failure() -> None:
    async def run() -> None:
        clock, said = FakeClock(), Said()
        window = Window(clock, 20)
        gate, slots = RateGate(clock, said), asyncio.Semaphore(16)

        async def other() -> None:
            for _ in range(15):
                window.take()
                await asyncio.sleep(0)

        await asyncio.gather(other(), *(_request(gate, window, slots) for _ in range(50)))
        assert window.refused <= 16
        assert clock.seconds - 1000 < 61 * 4

    asyncio.run(run())


def test_two_clients_of_one_key_share_the_window_without_refusing_each_other() -> None:
    async def run() -> None:
        clock = FakeClock()
        window = Window(clock, 400)
        gates = [RateGate(clock, None), RateGate(clock, None)]
        slots = [asyncio.Semaphore(16), asyncio.Semaphore(16)]
        both = (_request(gates[number % 2], window, slots[number % 2]) for number in range(1200))
        await asyncio.gather(*both)
        assert window.refused <= 2
        assert len(clock.slept) <= 2 * 4, "each waits for at most one window more than both would need as one"

    asyncio.run(run())


def test_somebody_elses_use_leaves_them_a_part_of_the_window() -> None:
    async def run() -> None:
        clock = FakeClock()
        window = Window(clock, 100)
        gate, slots = RateGate(clock, None), asyncio.Semaphore(16)
        for _ in range(30):
            window.take()
        begun = clock.seconds

        async def count() -> int:
            await asyncio.gather(*(_request(gate, window, slots) for _ in range(60)))
            return window.used

        assert await count() == 90
        assert clock.seconds == begun
        await _request(gate, window, slots)
        assert clock.seconds - begun > 60
        assert window.used == 1
        assert window.refused == 0

    asyncio.run(run())


def test_without_headers_nothing_waits_but_for_a_place() -> None:
    async def run() -> None:
        clock, said = FakeClock(), Said()
        gate = RateGate(clock, said, parallelism=4)
        for _ in range(100):
            await gate.enter()
            gate.leave(httpx.Headers())
        assert clock.slept == []
        for _ in range(4):
            await gate.enter()
        fifth = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        assert not fifth.done()
        gate.leave(httpx.Headers())
        await asyncio.wait_for(fifth, 1)

    asyncio.run(run())


def test_a_request_without_an_answer_lets_the_next_one_find_out() -> None:
    async def run() -> None:
        clock = FakeClock()
        gate = RateGate(clock, None)
        for _ in range(3):
            await asyncio.wait_for(gate.enter(), 1)
            gate.leave(None)
        assert clock.slept == []

    asyncio.run(run())


def test_an_answer_that_was_overtaken_does_not_raise_what_is_left() -> None:
    async def run() -> None:
        clock = FakeClock()
        gate = RateGate(clock, None)
        await gate.enter()
        gate.leave(_told(2, 30))
        await gate.enter()
        await gate.enter()
        gate.leave(_told(0, 30))
        gate.leave(_told(1, 31))
        await gate.enter()
        assert 30 < sum(clock.slept) < 32

    asyncio.run(run())


def test_a_refusal_that_says_a_shorter_wait_than_an_answer_before_it_is_believed() -> None:
    async def run() -> None:
        clock = FakeClock()
        gate = RateGate(clock, None)
        await gate.enter()
        gate.leave(_told(1, 3000))
        await gate.enter()
        gate.leave(_told(0, 20), refused=True)
        await gate.enter()
        assert 21 < sum(clock.slept) < 22

    asyncio.run(run())


def test_a_refusal_that_says_no_wait_leaves_the_end_of_the_window_as_it_was_told() -> None:
    async def run() -> None:
        clock = FakeClock()
        gate = RateGate(clock, None)
        await gate.enter()
        gate.leave(_told(1, 40))
        await gate.enter()
        gate.leave(httpx.Headers(), refused=True)
        await gate.enter()
        assert 41 < sum(clock.slept) < 42

    asyncio.run(run())


def _told(remaining: int, reset: int) -> httpx.Headers:
    return httpx.Headers({"ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)})
