"""A write is confirmed, or refused, or said to be in doubt; a deploy is never asked for twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.deploy import DeployStatus
from reconciler.domain.state import DeployMode
from reconciler.domain.value import Secret
from reconciler.errors import RenderError, UnconfirmedWriteError
from tests.render_api.lying_server import HANG_UP, Reply
from tests.render_api.stage import SERVICE, Stage, perform, wanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

STORED = Reply(200, {"key": "KEY", "value": "x"})
GONE = Reply(404, {"message": "not found: KEY"})
TROUBLE = Reply(503, {"message": "service unavailable"})
LIMITED = Reply(429, {"message": "rate limit exceeded"}, {"ratelimit-remaining": "0", "ratelimit-reset": "12"})
DEPLOY = Reply(201, {"id": "dep-a", "status": "created", "createdAt": "2026-01-01T00:00:00.123456Z", "trigger": "api"})
PARTIAL = Reply(200, {"key": "KEY", "value": "x"}, cut=5)


async def put(stage: Stage) -> None:
    await stage.writer.put_variable(SERVICE, "KEY", Secret("x"), confirm=wanted)


async def put_file(stage: Stage) -> None:
    await stage.writer.put_secret_file(SERVICE, "a.json", Secret("x"), confirm=wanted)


async def delete(stage: Stage) -> None:
    await stage.writer.delete_variable(SERVICE, "KEY", confirm=wanted)


async def deploy(stage: Stage) -> object:
    return await stage.writer.create_deploy(SERVICE, DeployMode.DEPLOY_ONLY, confirm=wanted)


def requests(replies: list[Reply], write: Callable[[Stage], Awaitable[object]]) -> list[str]:
    async def act(stage: Stage) -> list[str]:
        await write(stage)
        return stage.server.lines

    return perform(replies, act)


def failure(replies: list[Reply], write: Callable[[Stage], Awaitable[object]]) -> tuple[RenderError, int]:
    async def act(stage: Stage) -> tuple[RenderError, int]:
        with pytest.raises(RenderError) as caught:
            await write(stage)
        return caught.value, len(stage.server.lines)

    return perform(replies, act)


def test_the_body_is_the_value_and_nothing_else() -> None:
    text = "-----\n=+/$X '\" # \\ 😀\r\n\n"

    async def act(stage: Stage) -> None:
        await stage.writer.put_variable(SERVICE, "KEY", Secret(text), confirm=wanted)
        (received,) = stage.server.received
        assert json.loads(received.body) == {"value": text}
        assert received.headers["content-type"] == "application/json"
        assert received.headers["user-agent"].startswith("render-reconciler/")

    perform([Reply(200, {"key": "KEY", "value": text})], act)


def test_a_value_that_utf_8_cannot_encode_is_not_sent() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="UTF-8") as caught:
            await stage.writer.put_variable(SERVICE, "KEY", Secret("x\ud800y"), confirm=wanted)
        assert caught.value.__context__ is None
        assert stage.server.lines == []

    perform([STORED], act)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"key": "KEY", "value": "y"}),
        Reply(200, {"key": "OTHER", "value": "x"}),
        Reply(200, {}),
        Reply(200, []),
        Reply(200, b""),
        Reply(200, b"OK", {"content-type": "text/plain"}),
    ],
)
def test_an_answer_that_does_not_confirm_the_value_leaves_the_write_in_doubt(reply: Reply) -> None:
    error, count = failure([reply], put)
    assert isinstance(error, UnconfirmedWriteError)
    assert error.status is None
    assert count == 1


@pytest.mark.parametrize("status", [202, 204, 302, 400, 401, 403, 404, 409, 410])
def test_a_refusal_is_not_in_doubt(status: int) -> None:
    error, count = failure([Reply(status, {"message": "no"})], put)
    assert not isinstance(error, UnconfirmedWriteError)
    assert error.status == status
    assert count == 1


@pytest.mark.parametrize("first", [HANG_UP, PARTIAL, TROUBLE, Reply(500), Reply(502, b"<html>"), LIMITED])
def test_setting_one_key_is_tried_again(first: Reply) -> None:
    assert len(requests([first, STORED], put)) == 2


@pytest.mark.parametrize("first", [HANG_UP, TROUBLE])
def test_a_repeated_deletion_that_finds_nothing_is_done(first: Reply) -> None:
    assert len(requests([first, GONE], delete)) == 2


def test_a_first_deletion_that_finds_nothing_is_an_error() -> None:
    error, _ = failure([GONE], delete)
    assert error.status == 404


def test_a_deletion_that_was_only_refused_for_the_rate_limit_before_is_a_first_one() -> None:
    error, _ = failure([LIMITED, GONE], delete)
    assert error.status == 404


def test_a_repeated_deletion_that_gets_a_proxys_404_is_in_doubt() -> None:
    error, _ = failure([HANG_UP, Reply(404, b"<html>", {"content-type": "text/html"})], delete)
    assert isinstance(error, UnconfirmedWriteError)


def test_a_deletion_answered_with_another_success_is_in_doubt() -> None:
    assert isinstance(failure([Reply(200, {})], delete)[0], UnconfirmedWriteError)


def test_a_refusal_after_a_lost_answer_is_in_doubt() -> None:
    error, count = failure([HANG_UP, Reply(400, {"message": "bad"})], put)
    assert isinstance(error, UnconfirmedWriteError)
    assert "may have been carried out" in error.message
    assert count == 2


@pytest.mark.parametrize("reply", [HANG_UP, TROUBLE])
@pytest.mark.parametrize("write", [put, put_file, delete])
def test_a_write_that_never_gets_an_answer_is_in_doubt_after_five_attempts(
    reply: Reply, write: Callable[[Stage], Awaitable[object]]
) -> None:
    error, count = failure([reply], write)
    assert isinstance(error, UnconfirmedWriteError)
    assert count == 5


def test_a_deploy_is_created() -> None:
    async def act(stage: Stage) -> None:
        made = await stage.writer.create_deploy(SERVICE, DeployMode.DEPLOY_ONLY, confirm=wanted)
        assert made is not None
        assert (made.id, made.status, made.trigger) == ("dep-a", DeployStatus.CREATED, "api")
        assert json.loads(stage.server.received[0].body) == {"deployMode": "deploy_only"}

    perform([DEPLOY], act)


def test_a_queued_deploy_is_none() -> None:
    async def act(stage: Stage) -> None:
        assert await stage.writer.create_deploy(SERVICE, DeployMode.BUILD_AND_DEPLOY, confirm=wanted) is None

    perform([Reply(202, b"")], act)


@pytest.mark.parametrize("reply", [HANG_UP, TROUBLE, Reply(500), Reply(502), Reply(504), PARTIAL])
def test_a_deploy_whose_answer_is_lost_is_in_doubt_and_not_asked_for_again(reply: Reply) -> None:
    error, count = failure([reply, DEPLOY], deploy)
    assert isinstance(error, UnconfirmedWriteError)
    assert count == 1


@pytest.mark.parametrize(
    "reply",
    [Reply(200, {}), Reply(201, b""), Reply(201, {"id": ""}), Reply(202, {"id": "dep-a"}), Reply(204), Reply(201, [])],
)
def test_a_success_that_does_not_say_which_deploy_is_in_doubt(reply: Reply) -> None:
    error, count = failure([reply, DEPLOY], deploy)
    assert isinstance(error, UnconfirmedWriteError)
    assert count == 1


def test_a_deploy_refused_for_the_rate_limit_is_asked_for_again() -> None:
    assert len(requests([LIMITED, LIMITED, DEPLOY], deploy)) == 3


def test_a_deploy_that_could_not_be_sent_is_tried_again_and_is_not_in_doubt() -> None:
    async def act(stage: Stage) -> None:
        stage.server.stop_listening()
        with pytest.raises(RenderError, match="could not be reached") as caught:
            await deploy(stage)
        assert not isinstance(caught.value, UnconfirmedWriteError)
        assert len(stage.said.lines) == 4

    perform([DEPLOY], act)
