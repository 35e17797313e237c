"""What is tried again, how often, after which wait, and that each retry is said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.errors import RenderError
from tests.render_api.lying_server import HANG_UP, SILENCE, Received, Reply, lying
from tests.render_api.stage import SERVICE, Stage, perform, stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

EMPTY = Reply(200, [])


def limited(reset: str | None = "12", **headers: str) -> Reply:
    told = {"ratelimit-limit": "400", "ratelimit-remaining": "0", "ratelimit-reset": reset} if reset else {}
    return Reply(429, {"message": "rate limit exceeded"}, {**told, **headers})


async def read(stage: Stage) -> None:
    await stage.writer.variables(SERVICE)


def said(replies: list[Reply], act: Callable[[Stage], Awaitable[None]] = read) -> tuple[list[str], list[float]]:
    async def perform_and_tell(stage: Stage) -> tuple[list[str], list[float]]:
        await act(stage)
        return stage.said.lines, stage.clock.slept

    return perform(replies, perform_and_tell)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_tried_again_after_a_servers_trouble_and_says_so(status: int) -> None:
    lines, slept = said([Reply(status), Reply(status), EMPTY])
    assert lines == [f"Render answered {status}; trying again ({number} of 5)" for number in (2, 3)]
    assert 0.5 <= slept[0] <= 1.0
    assert 1.0 <= slept[1] <= 1.5


@pytest.mark.parametrize(
    "first", [HANG_UP, Reply(200, [], cut=1), Reply(200, b"no gzip", {"content-encoding": "gzip"})]
)
def test_a_read_is_tried_again_when_the_connection_breaks_off(first: Reply) -> None:
    lines, _ = said([first, EMPTY])
    (line,) = lines
    assert "127.0.0.1" in line
    assert "trying again (2 of 5)" in line


def test_five_attempts_are_all() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="503") as caught:
            await read(stage)
        assert caught.value.status == 503
        assert "status.render.com" in (caught.value.remedy or "")
        assert len(stage.server.lines) == 5
        assert stage.connection.reads == {"variables": 5}
        assert len(stage.said.lines) == 4

    perform([Reply(503)], act)


def test_a_refusal_for_the_rate_limit_is_waited_for_as_long_as_render_says() -> None:
    lines, slept = said([limited("12"), EMPTY])
    assert lines == ["waiting for the rate limit until 00:16:53 UTC"]
    assert 13 < sum(slept) < 14, "the told seconds are rounded down"


def test_rate_limits_do_not_use_up_the_attempts() -> None:
    lines, _ = said([*[limited("30")] * 20, Reply(503), limited("1"), EMPTY])
    assert len(lines) == 22


def test_a_rate_limit_that_never_ends_is_an_error_after_half_an_hour() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="429"):
            await read(stage)
        assert 1800 <= sum(stage.clock.slept) <= 1900

    perform([limited("60")], act)


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (limited(None), 15),
        (limited(None, **{"retry-after": "7"}), 7),
        (limited("soon"), 15),
        (limited("-5"), 15),
        (limited("99999"), 3600),
        (limited("0"), 1),
    ],
)
def test_a_refusal_with_strange_headers_is_waited_for_within_reason(reply: Reply, seconds: int) -> None:
    _, slept = said([reply, EMPTY])
    assert seconds < sum(slept) < seconds + 1


def test_a_server_that_says_nothing_in_time_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.render_api.transport.TOTAL_SECONDS", 0.2)

    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="did not answer completely"):
            await read(stage)
        assert len(stage.said.lines) == 4

    perform([SILENCE], act)


def test_an_answer_that_is_too_large_is_refused_while_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.render_api.transport.BODY_LIMIT", 1024 * 1024)

    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="more than"):
            await read(stage)
        assert len(stage.server.lines) == 1

    perform([Reply(200, b" " * 3_000_000, {"content-type": "application/json"})], act)


def test_no_more_requests_are_under_way_than_allowed() -> None:
    async def run() -> None:
        async with stage([EMPTY], parallelism=3) as stage_:
            await asyncio.gather(*(read(stage_) for _ in range(20)))
            assert stage_.connection.reads == {"variables": 20}
            assert len({received.headers["host"] for received in stage_.server.received}) == 1

    asyncio.run(run())


def test_a_redirect_is_not_followed_and_only_the_own_host_is_named() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="redirect") as caught:
            await read(stage)
        assert "127.0.0.1" in caught.value.message
        assert "elsewhere" not in caught.value.message
        assert len(stage.server.lines) == 1

    def answer(received: Received) -> Reply:
        assert received.headers["authorization"]
        return Reply(307, b"", {"location": "https://elsewhere.example/v1"})

    perform(answer, act)


def test_a_host_that_does_not_answer_is_named_with_what_to_check() -> None:
    async def act(stage: Stage) -> None:
        stage.server.stop_listening()
        with pytest.raises(RenderError, match=r"127\.0\.0\.1 could not be reached") as caught:
            await read(stage)
        assert "RENDER_API_URL" in (caught.value.remedy or "")

    perform([EMPTY], act)


def test_a_cancelled_request_leaves_its_place_to_others() -> None:
    async def run() -> None:
        async with stage([SILENCE, EMPTY], parallelism=1) as stage_:
            task = asyncio.create_task(read(stage_))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await read(stage_)

    asyncio.run(run())


def test_a_client_that_holds_on_to_a_closed_http_2_connection_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[httpx.AsyncClient] = []
    original = httpx.AsyncClient.send

    async def send(client: httpx.AsyncClient, request: httpx.Request, *, stream: bool) -> httpx.Response:
        if not spent or client in spent:
            spent.append(client)
            raise httpx.LocalProtocolError("SEND_HEADERS in state CLOSED")
        return await original(client, request, stream=stream)

    monkeypatch.setattr(httpx.AsyncClient, "send", send)
    lines, _ = said([EMPTY])
    assert lines == ["the connection to 127.0.0.1 was closed meanwhile; trying again (2 of 5)"]
    assert spent[0].is_closed


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_key_for_a_server_on_this_machine_goes_through_no_proxy(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def run() -> None:
        async with lying([Reply(502)]) as proxy:
            monkeypatch.setenv(variable, proxy.url.removesuffix("/v1"))
            async with stage([EMPTY]) as stage_:
                await read(stage_)
                assert len(stage_.server.lines) == 1
            assert proxy.lines == []

    asyncio.run(run())
