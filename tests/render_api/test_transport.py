"""What a request costs on the wire, and how long it may take."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from reconciler.errors import RenderError
from tests.render_api.lying_server import SILENCE, Received, Reply
from tests.render_api.stage import SERVICE, Stage, perform, stage

GZIP = {"content-encoding": "gzip", "content-type": "application/json"}


def test_requests_after_each_other_keep_one_connection() -> None:
    async def act(stage: Stage) -> None:
        for _ in range(20):
            await stage.writer.variables(SERVICE)
        assert (len(stage.server.received), stage.server.connections) == (20, 1)

    perform([Reply(200, [])], act)


def test_many_requests_at_once_open_no_more_connections_than_may_be_under_way() -> None:
    async def run() -> None:
        async with stage([Reply(200, [])], parallelism=4) as stage_:
            await asyncio.gather(*(stage_.writer.variables(SERVICE) for _ in range(50)))
            assert len(stage_.server.received) == 50
            assert stage_.server.connections <= 4

    asyncio.run(run())


def test_a_compressed_answer_is_asked_for_and_understood() -> None:
    variables = [{"cursor": "c", "envVar": {"key": "KEY", "value": "value" * 1000}}]

    def answer(received: Received) -> Reply:
        assert "gzip" in received.headers["accept-encoding"]
        return Reply(200, gzip.compress(json.dumps(variables).encode()), GZIP)

    async def act(stage: Stage) -> None:
        found = await stage.writer.variables(SERVICE)
        assert found["KEY"].reveal() == "value" * 1000

    perform(answer, act)


def test_an_answer_that_grows_when_it_is_unpacked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.render_api.transport.BODY_LIMIT", 1024 * 1024)

    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="an answer of more than 1 MiB"):
            await stage.writer.variables(SERVICE)

    perform([Reply(200, gzip.compress(b" " * 8 * 1024 * 1024), GZIP)], act)


@pytest.mark.parametrize(
    ("bound", "said"),
    [("READ_SECONDS", "did not answer in time"), ("TOTAL_SECONDS", "did not answer completely within 0 s")],
)
def test_a_request_has_a_bound_for_each_silence_and_one_for_all_of_it(
    bound: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"reconciler.render_api.transport.{bound}", 0.1)

    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match=said):
            await stage.writer.variables(SERVICE)
        assert len(stage.server.received) == 5

    perform([SILENCE], act)
