"""Run several pieces of work at the same time, so that the first failure ends all of them and is raised as itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from reconciler.errors import ProblemsError, ReconcileError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator
    from types import TracebackType

Result = TypeVar("Result")
One = TypeVar("One")
Other = TypeVar("Other")


class Ahead(Generic[Result]):
    """Work that is begun as soon as it can be, some of it before anybody can tell whether it is needed.

    What nobody asked the result of is cancelled at the end of the `async with` block.
    """

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Result]] = {}

    def begin(self, key: Hashable, work: Callable[[], Coroutine[object, object, Result]]) -> None:
        """Begin a piece of work, unless it was begun before."""
        if key not in self._tasks:
            self._tasks[key] = asyncio.get_running_loop().create_task(work())

    async def result(self, key: Hashable, work: Callable[[], Coroutine[object, object, Result]]) -> Result:
        """Return what a piece of work comes to, or raise its failure; begin it where that was not done yet."""
        self.begin(key, work)
        return await self._tasks[key]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def all_of(work: Iterable[Coroutine[object, object, Result]]) -> list[Result]:
    """Return the results of all the work, in order; raises the first failure, the rest being cancelled."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(item) for item in work]
    except BaseExceptionGroup as failures:
        raise _foremost(failures) from None
    return [task.result() for task in tasks]


async def both_of(one: Coroutine[object, object, One], other: Coroutine[object, object, Other]) -> tuple[One, Other]:
    """Return the results of two pieces of work of different kinds; otherwise as `all_of`."""
    try:
        async with asyncio.TaskGroup() as group:
            first, second = group.create_task(one), group.create_task(other)
    except BaseExceptionGroup as failures:
        raise _foremost(failures) from None
    return first.result(), second.result()


def _foremost(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """Prefer a failure that a person can mend, then any that is ours, over a bug that the cancelling brought up."""
    leaves = list(_leaves(failures))
    for kind in (ProblemsError, ReconcileError, Exception):
        for leaf in leaves:
            if isinstance(leaf, kind):
                return leaf
    return leaves[0]


def _leaves(failures: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            yield from _leaves(failure)
        else:
            yield failure
