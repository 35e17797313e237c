"""A proxy of the tests' own in front of the sandbox: raw HTTP/1.1 over TCP, which can hold, bend and cut anything.

It runs in a thread; tests arm its rules and read its log from theirs.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.faults.rule import Break, Hold, Rule
from tests.faults.wire import Reply, Request, read_reply, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 120.0
"""Reached only if something is broken."""


@dataclass(slots=True)
class Exchange:
    """One request in the log; numbers are places in the one order in which things happened."""

    request: Request
    came: int
    passed: int | None = None
    """When it was passed on to the sandbox; `None` where it never was."""
    answered: int | None = None
    """When the sandbox had carried it out."""
    delivered: int | None = None
    """When the client had all of an answer."""
    status: int | None = None
    """The sandbox's own answer."""


@dataclass(slots=True)
class Proxy:
    """A proxy that runs."""

    root: str
    names: dict[str, str]
    """What to call services in labels, by id."""
    url: str = ""
    is_serial: bool = False
    """Whether the sandbox gets one request at a time, so that the log's order is the order of what was done."""
    latency: float = 0.0
    """Seconds that each request and each answer takes on its way."""
    log: list[Exchange] = field(default_factory=list)
    _rules: list[Rule] = field(default_factory=list)
    _clients: int = 0
    _clock: int = 0
    _under_way: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)
    _acting: threading.Thread | None = None
    """Who has the turn of a request at the moment."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thawed: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def arm(self, rule: Rule) -> Rule:
        """Put a rule in force; of several that strike, the oldest acts."""
        self._rules.append(rule)
        return rule

    def await_reached(self, rule: Rule, is_alive: Callable[[], bool]) -> bool:
        """Wait until a rule's request is held; `False` where the client ended without it."""
        return self._await(rule.reached.is_set, is_alive)

    def await_next(self, rule: Rule, is_alive: Callable[[], bool]) -> None:
        """Wait until the client, having got the answer of a rule's request, asks for something more or ends."""
        since = rule.delivered
        assert since is not None
        self._await(lambda: any(each.came > since for each in self.log) or not self._clients, is_alive)

    def let_go(self, rule: Rule) -> None:
        """Let a held request, and what is frozen, go on."""
        self._loop.call_soon_threadsafe(rule.let_go)
        self._loop.call_soon_threadsafe(self._thawed.set)

    def await_quiet(self) -> None:
        """Wait until the sandbox has answered everything that was passed on to it."""
        with self._news:
            assert self._news.wait_for(lambda: not self._under_way, PATIENCE_SECONDS)

    def in_turn(self, act: Callable[[], None]) -> int:
        """Do something in a turn of its own, while nothing is under way; return its place in the order.

        What a rule does before or after its request has that request's turn already.
        """
        if threading.current_thread() is self._acting:
            act()
            return self._tick()

        async def take_turn() -> int:
            async with self._turn:
                await asyncio.to_thread(act)
                return self._tick()

        return asyncio.run_coroutine_threadsafe(take_turn(), self._loop).result(PATIENCE_SECONDS)

    def await_traffic(self) -> None:
        """Wait until something happens, or is unlikely to."""
        with self._news:
            self._news.wait(0.2)

    def await_sent(self) -> int:
        """Wait until everything that the client has put on the wire so far has come; return how many requests did."""

        async def read_all() -> None:
            # What was sent is in this machine's buffers: each round of the loop reads what is there.
            for _ in range(50):
                await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(read_all(), self._loop).result(PATIENCE_SECONDS)
        return len(self.log)

    def passed_on(self, label: str) -> int:
        """How many requests of that label the sandbox got."""
        return sum(each.request.label == label and each.passed is not None for each in self.log)

    def _await(self, is_so: Callable[[], bool], is_alive: Callable[[], bool]) -> bool:
        with self._news:
            for _ in range(int(PATIENCE_SECONDS * 20)):
                if is_so():
                    return True
                if not is_alive():
                    return is_so()
                self._news.wait(0.05)
        message = "the request never came, and the command never ended"
        raise AssertionError(message)

    def _tick(self) -> int:
        with self._news:
            self._clock += 1
            self._news.notify_all()
            return self._clock

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the client's."""
        self._clients += 1
        try:
            while request := await read_request(reader, self.names):
                if not await self._exchange(request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client is gone, or the proxy ends
        finally:
            self._clients -= 1
            self._tick()
            writer.transport.abort()

    async def _exchange(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Carry one request to the sandbox and an answer back; return whether the connection is still good."""
        exchange = Exchange(request, self._tick())
        self.log.append(exchange)
        rule = next((each for each in self._rules if each.concerns(request)), None)
        if self.latency:
            await asyncio.sleep(self.latency)
        if rule is None:
            await self._thawed.wait()
            rule = Rule(request.label)
        elif rule.freezes:
            self._thawed.clear()
        if rule.hold is Hold.BEFORE:
            await self._hold(rule)
        if rule.breaks is Break.BEFORE:
            self._tell(rule)
            return False
        reply = rule.answer
        if reply is None or rule.passes_on:
            own = await self._ask(exchange, rule)
            reply = reply or own
        if rule.hold is Hold.ANSWERED:
            await self._hold(rule)
        return await self._deliver(reply, exchange, rule, writer)

    async def _ask(self, exchange: Exchange, rule: Rule) -> Reply:
        async with self._turn if self.is_serial else nullcontext():
            if rule.before:
                await asyncio.to_thread(self._act, rule.before)
            self._under_way += 1
            exchange.passed = self._tick()
            try:
                parts = urlsplit(self.root)
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
                writer.write(exchange.request.raw)
                reply = await read_reply(reader)
                writer.close()
            finally:
                self._under_way -= 1
                exchange.answered = self._tick()
            exchange.status = reply.status
            if rule.after:
                await asyncio.to_thread(self._act, rule.after)
            return reply

    def _act(self, act: Callable[[], None]) -> None:
        self._acting = threading.current_thread()
        act()
        self._acting = None

    async def _deliver(self, reply: Reply, exchange: Exchange, rule: Rule, writer: asyncio.StreamWriter) -> bool:
        if self.latency:
            await asyncio.sleep(self.latency)
        match rule.breaks:
            case Break.STALLED:
                await self._hold(rule)
                return False
            case Break.AFTER:
                self._tell(rule)
                return False
            case Break.TRUNCATED:
                writer.write(reply.truncated)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
                self._tell(rule)
                return False
            case _:
                writer.write(reply.raw)
                await writer.drain()
        exchange.delivered = rule.delivered = self._tick()
        self._tell(rule)
        return True

    async def _hold(self, rule: Rule) -> None:
        self._tell(rule)
        await rule.wait()

    def _tell(self, rule: Rule) -> None:
        rule.reached.set()
        self._tick()


@contextmanager
def proxying(root: str, names: dict[str, str]) -> Iterator[Proxy]:
    """Run a proxy in front of `root`, such as `http://127.0.0.1:8787`."""
    proxy = Proxy(root, names)
    proxy._thawed.set()  # noqa: SLF001 — nothing is frozen at first
    loop = proxy._loop  # noqa: SLF001 — its loop runs in the thread made here
    ready = threading.Event()
    over = asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        ready.set()
        await over.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(PATIENCE_SECONDS)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(PATIENCE_SECONDS)
        loop.close()
