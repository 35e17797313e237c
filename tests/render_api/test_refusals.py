"""Each refusal says what Render said, and what to do."""

from __future__ import annotations

import secrets

import pytest

from reconciler.errors import RenderError, UsageError
from reconciler.render_api.base_url import checked_base_url
from tests.render_api.lying_server import Reply
from tests.render_api.stage import SERVICE, Stage, perform


def refusal(reply: Reply) -> RenderError:
    async def act(stage: Stage) -> RenderError:
        with pytest.raises(RenderError) as caught:
            await stage.writer.deploys(SERVICE)
        return caught.value

    return perform([reply], act)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (400, "names"),
        (402, "payment"),
        (403, "member"),
        (404, "still exists"),
        (409, "dashboard"),
        (410, "deleted"),
        (500, "status.render.com"),
    ],
)
def test_a_status_has_renders_words_and_a_remedy(status: int, remedy: str) -> None:
    error = refusal(Reply(status, {"message": "what Render says"}))
    assert error.status == status
    assert f"({status}): what Render says" in error.message
    assert SERVICE in error.message
    assert remedy in (error.remedy or "")


@pytest.mark.parametrize("status", [400, 404, 500])
def test_what_refuses_values_is_not_repeated_since_it_may_hold_one_that_was_not_read_yet(status: int) -> None:
    value = secrets.token_urlsafe(24)

    async def act(stage: Stage) -> None:
        for reading in (stage.writer.variables, stage.writer.secret_files, stage.writer.group, stage.writer.instances):
            with pytest.raises(RenderError) as caught:
                await reading(SERVICE)
            assert f"({status})" in caught.value.message
            assert (value in caught.value.message) is (reading == stage.writer.instances)

    perform(lambda _: Reply(status, {"message": f"no: {value}"}), act)


def test_a_refused_key_is_named_by_its_variable() -> None:
    error = refusal(Reply(401, {"message": "Unauthorized"}))
    assert "Render refused the API key in RENDER_API_KEY" in error.message
    assert "RENDER_API_KEY" in (error.remedy or "")


@pytest.mark.parametrize("body", [b"<html>Forbidden by proxy</html>", b"", b'{"message": 7}', b"{"])
def test_a_body_that_is_not_renders_is_not_shown_and_points_at_the_way(body: bytes) -> None:
    error = refusal(Reply(403, body, {"content-type": "text/html"}))
    assert "proxy" not in error.message
    assert "RENDER_API_URL" in (error.remedy or "")


@pytest.mark.parametrize("status", [299, 499, 599, 999])
def test_a_status_that_nobody_knows_is_an_error(status: int) -> None:
    assert str(status) in refusal(Reply(status, {"message": "?"})).message


@pytest.mark.parametrize(
    "url",
    [
        "https://api.render.com/v1",
        "https://api.render.com/v1/",
        "http://localhost:8080/v1",
        "http://127.0.0.1:1/v1",
        "http://127.9.9.9/v1",
        "http://[::1]:8080",
    ],
)
def test_an_address_that_keeps_the_key_to_itself_is_accepted(url: str) -> None:
    assert not str(checked_base_url(url)).endswith("/v1/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.render.com",
        "https://",
        "ftp://api.render.com/v1",
        "http://api.render.com/v1",
        "http://localhost.example.com/v1",
        "http://127.0.0.1.example.com/v1",
        "http://0.0.0.0/v1",
        "http://10.0.0.1/v1",
        "https://user:word@api.render.com/v1",
        "https://user@api.render.com/v1",
        "https://api.render.com/v1?x=1",
        "https://api.render.com/v1?",
        "https://api.render.com/v1#x",
        "https://api.render.com:port/v1",
        "https://[::1/v1",
    ],
)
def test_any_other_address_is_refused_and_no_credential_in_it_shown(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_base_url(url)
    assert "word" not in caught.value.message.replace("password", "")
    assert caught.value.remedy
