"""Reading one variable or file: absent only where Render says so of this very name."""

from __future__ import annotations

import pytest

from reconciler.errors import RenderError
from tests.render_api.lying_server import Received, Reply
from tests.render_api.stage import SERVICE, Stage, perform


async def read(stage: Stage) -> tuple[str | None, list[str]]:
    value = await stage.writer.variable(SERVICE, "KEY")
    return (None if value is None else value.reveal()), stage.server.lines


def test_a_404_about_the_name_is_absence() -> None:
    assert perform([Reply(404, {"message": "not found: KEY"})], read) == (
        None,
        [f"GET /v1/services/{SERVICE}/env-vars/KEY"],
    )


@pytest.mark.parametrize("message", ["not found", f"not found: {SERVICE}", "not found: OTHER_KEY", "KEY of something"])
def test_a_404_about_anything_else_is_settled_by_the_list(message: str) -> None:
    def answer(received: Received) -> Reply:
        return Reply(404, {"message": message}) if received.target.endswith("KEY") else Reply(200, [])

    value, lines = perform(answer, read)
    assert value is None
    assert len(lines) == 2


def test_a_service_that_is_missing_is_an_error_and_not_absence() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="Not Found") as caught:
            await stage.writer.variable(SERVICE, "KEY")
        assert caught.value.status == 404
        with pytest.raises(RenderError, match="Not Found"):
            await stage.writer.secret_file(SERVICE, "KEY")

    perform([Reply(404, {"message": f"not found: {SERVICE}"})], act)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"<html>404 Not Found</html>", {"content-type": "text/html"}),
        Reply(404, b""),
        Reply(404, {"error": "no route"}),
        Reply(404, {"message": ""}),
        Reply(404, ["not found: KEY"]),
        Reply(404, b'{"message": "not found: KEY"}', {"content-type": "text/html"}),
        Reply(410, {"message": "gone"}),
        Reply(200, {"key": "OTHER", "value": "x"}),
        Reply(200, {"key": "KEY"}),
        Reply(200, {"envVar": {"key": "KEY", "value": "x"}}),
        Reply(200, b""),
        Reply(204),
    ],
)
def test_anything_but_renders_own_404_is_an_error(reply: Reply) -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError):
            await stage.writer.variable(SERVICE, "KEY")

    perform([reply], act)


def test_a_value_is_read() -> None:
    assert perform([Reply(200, {"key": "KEY", "value": "x"})], read)[0] == "x"


def test_another_secret_file_than_asked_for_is_an_error() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="another"):
            await stage.writer.secret_file(SERVICE, "a.json")

    perform([Reply(200, {"name": "b.json", "content": "{}"})], act)


def test_another_deploy_than_asked_for_is_an_error() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="another"):
            await stage.writer.deploy(SERVICE, "dep-a")

    perform([Reply(200, {"id": "dep-b", "createdAt": "2026-01-01T00:00:00Z"})], act)
