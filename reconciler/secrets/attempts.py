"""Asking a store that may be slow or down: a bounded time for each attempt, and few attempts."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from reconciler.secrets.store import PassingError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Result = TypeVar("Result")

ATTEMPTS = 3
ATTEMPT_SECONDS = 20.0
"""A store that has not answered by then is taken to be down; a connection that trickles is no answer."""


async def attempted(work: Callable[[], Awaitable[Result]]) -> Result:
    """Return what the work returns, trying again after a `PassingError`; the last one is raised.

    The waits are half a second and a second, and a little more, so that many commands do not come back in step.
    """
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type(PassingError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.5, max=4.0) + wait_random(0.0, 0.25),
        reraise=True,
    ):
        with attempt:
            return await _within_time(work)
    raise AssertionError  # pragma: no cover — the loop above returns or raises


class Patience:
    """Makes attempts at one store, until it was not reached after all attempts: then it is not asked again."""

    def __init__(self) -> None:
        self._unreachable: UnreachableError | None = None

    async def attempted(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Return what the work returns, as the function `attempted`; raises at once where the store was given up."""
        if self._unreachable is not None:
            raise self._unreachable
        try:
            return await attempted(work)
        except UnreachableError as error:
            self._unreachable = error
            raise


async def in_thread(work: Callable[[], Result]) -> Result:
    """Run blocking work, such as a vendor's client, beside the event loop.

    In a daemon thread of its own: whoever gives up on it, by a time limit or Ctrl-C, does not wait for it, and neither
    does the end of the program, as both would for `asyncio.to_thread`.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if done.done():  # nobody waits any more
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # `None` only where that is what the work returned

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 — it is raised again where the work is awaited
            error = raised
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            return  # the loop is closed: the command has ended

    threading.Thread(target=run, daemon=True).start()
    return await done


async def _within_time(work: Callable[[], Awaitable[Result]]) -> Result:
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS):
            return await work()
    except TimeoutError:
        raise UnreachableError(
            f"the store did not answer within {ATTEMPT_SECONDS:.0f} s; see whether it is up and can be reached"
        ) from None
