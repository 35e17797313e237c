"""Before a write is sent, each time, it is asked whether it is still wanted, and nothing comes in between."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.state import DeployMode
from reconciler.domain.value import Secret
from reconciler.errors import StalePlanError
from tests.render_api.lying_server import HANG_UP, Received, Reply
from tests.render_api.stage import SERVICE, Stage, perform, stage, wanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.ports import Confirm

VARIABLE = f"/v1/services/{SERVICE}/env-vars/KEY"
READ = f"GET {VARIABLE}"
HELD = Reply(200, {"key": "KEY", "value": "x", "name": "KEY", "content": "x"})
LIMITED = Reply(429, {"message": "rate limit exceeded"}, {"ratelimit-remaining": "0", "ratelimit-reset": "60"})
TROUBLE = Reply(503, {"message": "service unavailable"})

WRITES: dict[str, Callable[[Stage, Confirm], Awaitable[object]]] = {
    f"PUT {VARIABLE}": lambda stage, confirm: stage.writer.put_variable(SERVICE, "KEY", Secret("x"), confirm=confirm),
    f"DELETE {VARIABLE}": lambda stage, confirm: stage.writer.delete_variable(SERVICE, "KEY", confirm=confirm),
    f"PUT /v1/services/{SERVICE}/secret-files/KEY": lambda stage, confirm: stage.writer.put_secret_file(
        SERVICE, "KEY", Secret("x"), confirm=confirm
    ),
    f"DELETE /v1/services/{SERVICE}/secret-files/KEY": lambda stage, confirm: stage.writer.delete_secret_file(
        SERVICE, "KEY", confirm=confirm
    ),
    f"POST /v1/services/{SERVICE}/deploys": lambda stage, confirm: stage.writer.create_deploy(
        SERVICE, DeployMode.DEPLOY_ONLY, confirm=confirm
    ),
}


def done(received: Received) -> Reply:
    if received.method == "DELETE":
        return Reply(204)
    if received.method == "POST":
        return Reply(201, {"id": "dep-a", "status": "created", "createdAt": "2026-01-01T00:00:00Z"})
    return HELD


@dataclass(slots=True)
class Server:
    """Answers writes with one reply after the other, then as if they were done, and everything else as it should be."""

    writes: list[Reply]

    def __call__(self, received: Received) -> Reply:
        return self.writes.pop(0) if self.writes and received.method != "GET" else done(received)


@dataclass(slots=True)
class Look:
    """Reads the variable over the same connection, says one thing after the other, and notes when it was asked."""

    stage: Stage
    says: list[bool | Exception] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    async def __call__(self) -> bool:
        self.asked.append(self.stage.clock.seconds)
        await self.stage.writer.variable(SERVICE, "KEY")
        said = self.says.pop(0) if self.says else True
        if isinstance(said, Exception):
            raise said
        return said


@pytest.mark.parametrize("line", WRITES)
@pytest.mark.parametrize("parallelism", [1, 16])
def test_the_look_comes_first_and_the_write_follows_at_once(line: str, parallelism: int) -> None:
    async def run() -> None:
        async with asyncio.timeout(10), stage(done, parallelism=parallelism) as stage_:
            await WRITES[line](stage_, Look(stage_))
            assert stage_.server.lines == [READ, line]

    asyncio.run(run())


@pytest.mark.parametrize("line", WRITES)
def test_a_write_that_is_not_wanted_any_more_is_not_sent_and_is_done(line: str) -> None:
    async def act(stage: Stage) -> None:
        assert await WRITES[line](stage, Look(stage, [False])) is None
        assert stage.server.lines == [READ]
        assert stage.connection.writes == {}
        await WRITES[line](stage, wanted)
        assert stage.server.lines == [READ, line]

    perform(done, act)


@pytest.mark.parametrize("line", WRITES)
@pytest.mark.parametrize("error", [StalePlanError("changed meanwhile"), ValueError("x"), TimeoutError()])
def test_what_the_look_raises_ends_the_write_unsent_and_comes_out_as_it_is(line: str, error: Exception) -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(type(error)) as caught:
            await WRITES[line](stage, Look(stage, [error]))
        assert caught.value is error
        assert (error.__cause__, error.__context__) == (None, None)
        assert stage.server.lines == [READ]
        assert stage.said.lines == []
        await WRITES[line](stage, wanted)
        assert stage.server.lines == [READ, line]

    perform(done, act)


@pytest.mark.parametrize("first", [HANG_UP, TROUBLE, LIMITED])
def test_every_attempt_has_a_look_of_its_own(first: Reply) -> None:
    async def act(stage: Stage) -> None:
        line = f"PUT {VARIABLE}"
        await WRITES[line](stage, Look(stage))
        assert stage.server.lines == [READ, line, READ, line]

    perform(Server([first]), act)


@pytest.mark.parametrize("line", WRITES)
def test_the_look_comes_after_the_wait_for_the_rate_limit(line: str) -> None:
    async def act(stage: Stage) -> None:
        look = Look(stage)
        await WRITES[line](stage, look)
        assert stage.server.lines == [READ, line, READ, line]
        assert look.asked[1] >= look.asked[0] + 60
        assert look.asked[1] == stage.clock.seconds

    perform(Server([LIMITED]), act)


def test_the_look_comes_after_the_wait_between_attempts() -> None:
    async def act(stage: Stage) -> None:
        look = Look(stage)
        await WRITES[f"PUT {VARIABLE}"](stage, look)
        assert look.asked[1] == stage.clock.seconds > look.asked[0]

    perform(Server([TROUBLE]), act)


@pytest.mark.parametrize("first", [HANG_UP, TROUBLE, LIMITED])
@pytest.mark.parametrize("line", [line for line in WRITES if not line.startswith("POST")])
def test_a_repeated_write_that_is_not_wanted_any_more_is_done(line: str, first: Reply) -> None:
    async def act(stage: Stage) -> None:
        await WRITES[line](stage, Look(stage, [True, False]))
        assert stage.server.lines == [READ, line, READ]

    perform(Server([first]), act)


@pytest.mark.parametrize("first", [HANG_UP, TROUBLE, LIMITED])
def test_what_the_look_raises_before_a_second_attempt_comes_out_as_it_is(first: Reply) -> None:
    async def act(stage: Stage) -> None:
        error = StalePlanError("changed meanwhile")
        line = f"DELETE {VARIABLE}"
        with pytest.raises(StalePlanError) as caught:
            await WRITES[line](stage, Look(stage, [True, error]))
        assert caught.value is error
        assert stage.server.lines == [READ, line, READ]

    perform(Server([first]), act)


def test_a_deploy_that_was_refused_for_the_rate_limit_and_is_not_wanted_any_more_is_none() -> None:
    async def act(stage: Stage) -> None:
        line = f"POST /v1/services/{SERVICE}/deploys"
        assert await WRITES[line](stage, Look(stage, [True, False])) is None
        assert stage.server.lines == [READ, line, READ]

    perform(Server([LIMITED]), act)


@pytest.mark.parametrize("parallelism", [1, 2])
def test_many_reads_and_writes_with_looks_do_not_wait_for_each_other_for_ever(parallelism: int) -> None:
    async def run() -> None:
        async with asyncio.timeout(20), stage(done, parallelism=parallelism) as stage_:
            look = Look(stage_)
            writes = [WRITES[line](stage_, look) for line in list(WRITES) * 5]
            reads = [stage_.writer.variable(SERVICE, "KEY") for _ in range(25)]
            await asyncio.gather(*writes, *reads)
            assert len(stage_.server.lines) == 75

    asyncio.run(run())


def test_a_write_that_is_cancelled_during_its_look_leaves_its_place_to_others() -> None:
    async def run() -> None:
        async with asyncio.timeout(10), stage(done, parallelism=1) as stage_:
            forever = asyncio.Event()

            async def look() -> bool:
                return await forever.wait()

            task = asyncio.create_task(stage_.writer.delete_variable(SERVICE, "KEY", confirm=look))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await stage_.writer.delete_variable(SERVICE, "KEY", confirm=wanted)
            assert stage_.server.lines == [f"DELETE {VARIABLE}"]

    asyncio.run(run())
