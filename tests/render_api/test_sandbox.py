"""The client against the sandbox: whole stories over real HTTP."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.domain.deploy import DeployStatus
from reconciler.domain.state import DeployMode, ServiceType
from reconciler.domain.value import Secret
from reconciler.errors import RenderError, UnconfirmedWriteError
from reconciler.render_api import RenderConnection, RenderWriter
from reconciler.sandbox import NO_LIMITS, RENDER_LIMITS, RunningSandbox, running
from tests.render_api.stage import Said, wanted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from datetime import datetime

    from reconciler.sandbox import Limit


@dataclass(slots=True)
class SandboxClock:
    """The sandbox's own clock: waiting moves it on, so that a minute's window is over at once."""

    sandbox: RunningSandbox
    slept: float = 0.0

    def now(self) -> datetime:
        return self.sandbox.workspace.now()

    def monotonic(self) -> float:
        return self.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.sandbox.workspace.clock.advance(seconds)
        await asyncio.sleep(0)


@dataclass(slots=True)
class Story:
    """A client, and the sandbox it talks to."""

    sandbox: RunningSandbox
    writer: RenderWriter
    clock: SandboxClock
    said: Said
    service_id: str

    def fault(self, **fault: object) -> None:
        httpx.post(f"{self.sandbox.control_url}/faults", json=fault).raise_for_status()


@asynccontextmanager
async def story(sandbox: RunningSandbox) -> AsyncIterator[Story]:
    clock, said = SandboxClock(sandbox), Said()
    async with RenderConnection(sandbox.url, Secret(sandbox.api_key), clock=clock, progress=said) as connection:
        writer = RenderWriter(connection)
        services = await writer.services(sandbox.owner_id)
        worker = next(service for service in services if service.name == "upload-worker-staging")
        yield Story(sandbox, writer, clock, said, worker.id)


@pytest.fixture
def limits() -> Mapping[str, Limit]:
    return NO_LIMITS


@pytest.fixture
def sandbox(limits: Mapping[str, Limit]) -> Iterator[RunningSandbox]:
    with running("incident", limits=limits) as sandbox:
        yield sandbox


def revealed(values: Mapping[str, Secret]) -> dict[str, str]:
    return {key: value.reveal() for key, value in values.items()}


TEXTS = [
    "plain",
    "-----BEGIN X-----\nabc+/=\n-----END X-----\n",
    "a\r\nb\r\n",
    "\n",
    " blank ",
    "\"'`$HOME ${X} #\\n\\",
    "😀é\u202e\ufeff",
    "\x01\x7f\t",
    "x" * 65536,
]


def test_workspaces_and_services_are_listed(sandbox: RunningSandbox) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            assert list(await told.writer.workspaces()) == [sandbox.owner_id]
            services = {service.name: service for service in await told.writer.services(sandbox.owner_id)}
            assert services["upload-worker-staging"].type is ServiceType.BACKGROUND_WORKER
            assert services["api-service-staging"].url

    asyncio.run(run())


@pytest.mark.parametrize("text", TEXTS)
def test_a_value_survives_byte_for_byte_and_touches_no_other(sandbox: RunningSandbox, text: str) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            before = revealed(await told.writer.variables(told.service_id))
            await told.writer.put_variable(told.service_id, "NEW", Secret(text), confirm=wanted)
            await told.writer.put_secret_file(told.service_id, "new.pem", Secret(text), confirm=wanted)
            assert await told.writer.variable(told.service_id, "NEW") == Secret(text)
            assert await told.writer.secret_file(told.service_id, "new.pem") == Secret(text)
            assert revealed(await told.writer.variables(told.service_id)) == {**before, "NEW": text}
            await told.writer.delete_variable(told.service_id, "NEW", confirm=wanted)
            await told.writer.delete_secret_file(told.service_id, "new.pem", confirm=wanted)
            assert await told.writer.variable(told.service_id, "NEW") is None
            assert await told.writer.secret_file(told.service_id, "new.pem") is None
            assert revealed(await told.writer.variables(told.service_id)) == before

    asyncio.run(run())


@pytest.mark.parametrize("name", ["", ".", "..", "a/../b", "%2e%2e", "a/b", "?x", "#", "%2e%2e%2f", "../../.."])
def test_no_name_hurts_the_service(sandbox: RunningSandbox, name: str) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            before = revealed(await told.writer.variables(told.service_id))
            with pytest.raises(RenderError):
                await told.writer.delete_variable(told.service_id, name, confirm=wanted)
            with pytest.raises(RenderError):
                await told.writer.delete_secret_file(told.service_id, name, confirm=wanted)
            with pytest.raises(RenderError):
                await told.writer.put_variable(told.service_id, name, Secret("x"), confirm=wanted)
            assert revealed(await told.writer.variables(told.service_id)) == before

    asyncio.run(run())


def test_a_missing_service_is_told_apart_from_a_missing_variable(sandbox: RunningSandbox) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            assert await told.writer.variable(told.service_id, "NOT_THERE") is None
            with pytest.raises(RenderError, match="Not Found"):
                await told.writer.variable("srv-00000000000000000000", "NOT_THERE")

    asyncio.run(run())


@pytest.mark.parametrize("total", [0, 1, 20, 21, 99, 100, 101, 1000])
def test_lists_of_every_length_are_exact(sandbox: RunningSandbox, total: int) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            held = {f"KEY_{number}": f"value {number}" for number in range(total)}
            headers = {"Authorization": f"Bearer {sandbox.api_key}"}
            body = [{"key": key, "value": value} for key, value in held.items()]
            path = f"{sandbox.url}/services/{told.service_id}/env-vars"
            async with httpx.AsyncClient(headers=headers) as client:
                (await client.put(path, json=body)).raise_for_status()
            assert revealed(await told.writer.variables(told.service_id)) == held
            assert told.writer.reads["variables"] == total // 100 + 1

    asyncio.run(run())


def test_a_second_deploy_is_queued_and_found_by_listing(sandbox: RunningSandbox) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            before = {deploy.id for deploy in await told.writer.deploys(told.service_id)}
            first = await told.writer.create_deploy(told.service_id, DeployMode.DEPLOY_ONLY, confirm=wanted)
            assert first is not None
            assert not first.status.has_ended
            assert await told.writer.create_deploy(told.service_id, DeployMode.DEPLOY_ONLY, confirm=wanted) is None
            found = await told.writer.deploys(told.service_id)
            assert len({deploy.id for deploy in found} - before) == 2
            assert [deploy.created_at for deploy in found] == sorted(
                (deploy.created_at for deploy in found), reverse=True
            )
            second = (await told.writer.deploys(told.service_id))[0]
            assert second.id not in before | {first.id}
            await told.clock.sleep(600)
            assert (await told.writer.deploy(told.service_id, second.id)).status is DeployStatus.LIVE

    asyncio.run(run())


def test_instances_and_their_lines_are_read(sandbox: RunningSandbox) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            began = told.clock.now()
            await told.writer.create_deploy(told.service_id, DeployMode.DEPLOY_ONLY, confirm=wanted)
            await told.clock.sleep(120)
            lines = await told.writer.logs(sandbox.owner_id, told.service_id, since=began)
            assert lines
            assert len({line.id for line in lines}) == len(lines)
            assert all(began <= earlier.timestamp <= later.timestamp for earlier, later in pairwise(lines))
            assert all(line.instance for line in lines)
            instances = await told.writer.instances(told.service_id)
            assert all(instance.created_at <= told.clock.now() for instance in instances)

    asyncio.run(run())


@pytest.mark.parametrize("limits", [RENDER_LIMITS])
def test_many_reads_and_writes_wait_for_renders_limits_and_earn_no_refusal(sandbox: RunningSandbox) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            await asyncio.gather(*(told.writer.variables(told.service_id) for _ in range(450)))
            await asyncio.gather(
                *(
                    told.writer.put_variable(told.service_id, f"K{number}", Secret("x"), confirm=wanted)
                    for number in range(120)
                )
            )
            held = await told.writer.variables(told.service_id)
            assert {f"K{number}" for number in range(120)} <= held.keys()
            # A refused request would have been sent once more.
            assert told.writer.reads["variables"] == 450 + 1 + len(held) // 100
            assert len(told.said.lines) == 2
            assert all(line.startswith("waiting for the rate limit until ") for line in told.said.lines)

    asyncio.run(run())


@pytest.mark.parametrize("broken", ["before", "after", "truncate"])
def test_a_write_whose_connection_breaks_is_finished(sandbox: RunningSandbox, broken: str) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            told.fault(method="PUT", path="*/env-vars/NEW", times=1, **{"break": broken})
            await told.writer.put_variable(told.service_id, "NEW", Secret("x"), confirm=wanted)
            told.fault(method="DELETE", path="*/env-vars/NEW", times=1, **{"break": broken})
            await told.writer.delete_variable(told.service_id, "NEW", confirm=wanted)
            assert await told.writer.variable(told.service_id, "NEW") is None
            assert len(told.said.lines) == 2

    asyncio.run(run())


@pytest.mark.parametrize("broken", ["before", "after", "truncate"])
def test_a_deploy_whose_answer_is_lost_is_created_at_most_once(sandbox: RunningSandbox, broken: str) -> None:
    async def run() -> None:
        async with story(sandbox) as told:
            before = len(await told.writer.deploys(told.service_id))
            told.fault(method="POST", path="*/deploys", times=1, **{"break": broken})
            with pytest.raises(UnconfirmedWriteError):
                await told.writer.create_deploy(told.service_id, DeployMode.DEPLOY_ONLY, confirm=wanted)
            after = len(await told.writer.deploys(told.service_id))
            assert after == before + (broken != "before")

    asyncio.run(run())
