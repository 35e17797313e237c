"""Nothing that was sent or read shows in an error, a log or a traceback, whatever the server says."""

from __future__ import annotations

import asyncio
import base64
import html
import io
import json
import logging
import re
import secrets
import shlex
import struct
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from reconciler.domain.state import DeployMode
from reconciler.domain.value import Secret
from reconciler.errors import RenderError, UsageError
from reconciler.render_api import RenderConnection, RenderWriter, SeenValues
from reconciler.render_api.scrubber import scrubbed
from tests.render_api.lying_server import HANG_UP, Received, Reply, lying
from tests.render_api.stage import SERVICE, FakeClock, Stage, perform, wanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WINDOW = 8


def _inside(encoded: bytes) -> str:
    return base64.b64encode(b"ab" + encoded + b"cde").decode()


def _over_lines(text: str) -> str:
    return "\r\n\t".join(text[at : at + 5] for at in range(0, len(text), 5))


def _for_bash(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("ü", "\\303\\274")
    return f"$'{escaped}'"


def _every_unit(text: str) -> str:
    return "".join(f"\\u{number:04x}" for (number,) in struct.iter_unpack(">H", text.encode("utf-16-be")))


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "json": json.dumps,
    "json in json": lambda text: json.dumps(json.dumps(text)),
    "json, unescaped": lambda text: json.dumps(text, ensure_ascii=False),
    "url": lambda text: quote(text, safe=""),
    "url path": quote,
    "form": quote_plus,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, url-safe": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64, within more": lambda text: _inside(text.encode()),
    "html": html.escape,
    "shell": shlex.quote,
    "python": repr,
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "hex, over lines": lambda text: _over_lines(text.encode().hex()),
    "base64, over lines": lambda text: _over_lines(base64.b64encode(text.encode()).decode()),
    "over lines": _over_lines,
    "shell, backslashes": lambda text: re.sub(r"([^\w\n])", r"\\\1", text),
    "shell, escapes": _for_bash,
    "shell, octal": lambda text: "$'" + "".join(f"\\{byte:03o}" for byte in text.encode()) + "'",
    "shell, piece by piece": lambda text: "".join(f"'{text[at : at + 3]}'" for at in range(0, len(text), 3)),
    "json, every character": _every_unit,
    "json in json, every character": lambda text: json.dumps(_every_unit(text)),
    "html, decimal": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "html, hexadecimal": lambda text: "".join(f"&#x{ord(each):X};" for each in text),
    "html, named": lambda text: html.escape(text).replace("ü", "&uuml;").replace("&#x27;", "&apos;"),
    "url, every byte": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "url, lower case": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "form, lower case": lambda text: re.sub(r"%\w\w", lambda found: found[0].lower(), quote_plus(text)),
    "python, every byte": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "cut": lambda text: text[: len(text) // 2],
}


def seen(text: str, shown: str) -> list[str]:
    """Return the pieces of a text, in any encoding, that stand in what is shown."""
    forms = [encode(text) for encode in ENCODINGS.values()]
    pieces = {form[start : start + WINDOW] for form in forms for start in range(len(form) - WINDOW + 1)}
    return sorted(piece for piece in pieces if piece in shown)


def everything(error: BaseException) -> str:
    """Return all that a traceback, chained errors and attributes would show."""
    parts = ["".join(traceback.format_exception(error)), repr(error), str(getattr(error, "remedy", ""))]
    parts += [repr(vars(error)), str(getattr(error, "request_id", ""))]
    for inner in (error.__cause__, error.__context__):
        parts += [repr(inner), repr(getattr(inner, "__dict__", {}))] if inner else []
    return "\n".join(parts)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("status", [400, 401, 404, 409, 500, 503])
def test_a_value_or_key_that_the_server_repeats_is_taken_out(encoding: str, status: int) -> None:
    value = f"{secrets.token_urlsafe(12)} '\"\\ü\n{secrets.token_urlsafe(12)}&<$"
    encode = ENCODINGS[encoding]

    def answer(received: Received) -> Reply:
        key = received.headers["authorization"].removeprefix("Bearer ")
        return Reply(status, {"message": f"cannot take {encode(value)} with {encode(key)}, as it says here"})

    async def act(stage: Stage) -> None:
        for write in (
            stage.writer.put_variable(SERVICE, "KEY", Secret(value), confirm=wanted),
            stage.writer.put_secret_file(SERVICE, "a.json", Secret(value), confirm=wanted),
        ):
            with pytest.raises(RenderError) as caught:
                await write
            shown = everything(caught.value) + "\n".join(stage.said.lines)
            assert seen(value, shown) == []
            assert seen(stage.api_key, shown) == []
            assert "cannot take" in caught.value.message
            assert "it says here" in caught.value.message

    perform(answer, act)


def test_a_value_that_was_read_before_is_taken_out_too() -> None:
    value = secrets.token_urlsafe(24)

    def answer(received: Received) -> Reply:
        if received.method == "GET":
            return Reply(200, [{"envVar": {"key": "KEY", "value": value}, "cursor": "c"}])
        return Reply(409, {"message": f"conflict: KEY is {value}"})

    async def act(stage: Stage) -> None:
        await stage.writer.variables(SERVICE)
        for write in (
            stage.writer.delete_variable(SERVICE, "KEY", confirm=wanted),
            stage.writer.create_deploy(SERVICE, DeployMode.DEPLOY_ONLY, confirm=wanted),
        ):
            with pytest.raises(RenderError, match="conflict: KEY is") as caught:
                await write
            assert seen(value, everything(caught.value)) == []

    perform(answer, act)


READINGS: dict[str, Callable[[Stage], Awaitable[object]]] = {
    "workspaces": lambda stage: stage.writer.workspaces(),
    "services": lambda stage: stage.writer.services("tea-a"),
    "another service": lambda stage: stage.writer.variables("srv-another"),
    "deploys": lambda stage: stage.writer.deploys(SERVICE),
    "deploy": lambda stage: stage.writer.deploy(SERVICE, "dep-a"),
    "instances": lambda stage: stage.writer.instances(SERVICE),
    "logs": lambda stage: stage.writer.logs("tea-a", SERVICE, since=datetime(2026, 1, 1, tzinfo=UTC)),
    "a write to another": lambda stage: stage.writer.delete_variable("srv-another", "KEY", confirm=wanted),
}


@pytest.mark.parametrize("reading", READINGS)
def test_what_was_read_sent_or_given_for_one_service_shows_in_no_message_about_anything_else(reading: str) -> None:
    read, file, sent, hidden = (secrets.token_urlsafe(24) for _ in range(4))

    def answer(received: Received) -> Reply:
        if received.method == "GET" and received.target.startswith(f"/v1/services/{SERVICE}/env-vars?"):
            return Reply(200, [{"envVar": {"key": "KEY", "value": read}, "cursor": "c"}])
        if received.method == "GET" and received.target.startswith(f"/v1/services/{SERVICE}/secret-files/"):
            return Reply(200, {"name": "a.json", "content": file})
        return Reply(400, {"message": f"no: {read} or {file} or {sent} or {hidden}"})

    async def act(stage: Stage) -> None:
        await stage.writer.variables(SERVICE)
        await stage.writer.secret_file(SERVICE, "a.json")
        with pytest.raises(RenderError):
            await stage.writer.put_variable(SERVICE, "OTHER", Secret(sent), confirm=wanted)
        stage.connection.seen.add_nameless([Secret(hidden)])
        with pytest.raises(RenderError) as caught:
            await READINGS[reading](stage)
        for value in (read, file, sent, hidden):
            assert seen(value, everything(caught.value)) == []

    perform(answer, act)


def test_a_value_of_a_page_shows_not_even_where_the_next_page_fails() -> None:
    values = [secrets.token_urlsafe(24) for _ in range(100)]
    page = [{"envVar": {"key": f"K{number}", "value": value}, "cursor": "c"} for number, value in enumerate(values)]

    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="400") as caught:
            await stage.writer.variables(SERVICE)
        assert seen(values[7], everything(caught.value)) == []

    perform([Reply(200, page), Reply(400, {"message": f"oops {values[7]}"})], act)


def test_connections_of_one_run_keep_each_others_keys_and_values_to_themselves() -> None:
    keys, value = [secrets.token_urlsafe(24) for _ in range(2)], secrets.token_urlsafe(24)

    def answer(received: Received) -> Reply:
        if received.headers["authorization"].endswith(keys[0]):
            return Reply(200, {"key": "KEY", "value": value})
        return Reply(400, {"message": f"no: {keys[0]} {value}"})

    async def run() -> None:
        together = SeenValues()
        async with (
            lying(answer) as server,
            RenderConnection(server.url, Secret(keys[0]), clock=FakeClock(), seen=together) as first,
            RenderConnection(server.url, Secret(keys[1]), clock=FakeClock(), seen=together) as second,
        ):
            await RenderWriter(first).variable(SERVICE, "KEY")
            with pytest.raises(RenderError, match="no: ") as caught:
                await RenderWriter(second).deploys(SERVICE)
            for secret in (*keys, value):
                assert seen(secret, everything(caught.value)) == []

    asyncio.run(run())


@pytest.mark.parametrize("made", ["{}/x", "../{}", "{}\n", "a\\{}", "{}"])
def test_a_value_that_stands_where_a_name_should_be_is_not_quoted(made: str) -> None:
    value = secrets.token_urlsafe(24)
    name = made.replace("{}", value)
    item = {"envVar": {"key": name, "value": "x"}, "secretFile": {"name": name, "content": "x"}, "cursor": "c"}

    async def act(stage: Stage) -> None:
        for reading in (stage.writer.variables, stage.writer.secret_files):
            with pytest.raises(RenderError) as caught:
                await reading(SERVICE)
            assert seen(value, everything(caught.value)) == []
        with suppress(RenderError):
            await stage.writer.services("tea-a")

    perform([Reply(200, [item, item])], act)


def test_a_service_of_another_workspace_is_not_quoted() -> None:
    value = secrets.token_hex(12)
    fields = {"id": value, "name": value, "type": value, "ownerId": value, "suspended": value}

    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="1 service") as caught:
            await stage.writer.services("tea-a")
        assert seen(value, everything(caught.value)) == []

    perform([Reply(200, [{"service": fields, "cursor": "c"}])], act)


def test_a_request_id_that_repeats_the_key_is_dropped() -> None:
    def answer(received: Received) -> Reply:
        return Reply(400, {}, {"render-request-id": received.headers["authorization"].removeprefix("Bearer ")})

    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError) as caught:
            await stage.writer.variables(SERVICE)
        assert caught.value.request_id is None
        assert seen(stage.api_key, everything(caught.value)) == []

    perform(answer, act)


def test_a_request_id_is_quoted() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="Render-Request-Id api-86f/f6u-000758") as caught:
            await stage.writer.variables(SERVICE)
        assert caught.value.request_id == "api-86f/f6u-000758"

    perform([Reply(400, {"message": "bad"}, {"render-request-id": "api-86f/f6u-000758"})], act)


@pytest.mark.parametrize(
    "body",
    [
        lambda value: {"key": value, "value": value},
        lambda value: {"key": "KEY", "value": [value]},
        lambda value: {value: value},
        lambda value: [value],
        lambda value: value,
        lambda value: f'{{"key": "KEY", "value": "{value}'.encode(),
    ],
)
def test_an_answer_that_cannot_be_used_is_not_repeated(body: Callable[[str], object]) -> None:
    value = secrets.token_urlsafe(24)

    async def act(stage: Stage) -> None:
        for work in (
            stage.writer.variable(SERVICE, "KEY"),
            stage.writer.variables(SERVICE),
            stage.writer.put_variable(SERVICE, "KEY", Secret(value), confirm=wanted),
            stage.writer.create_deploy(SERVICE, DeployMode.DEPLOY_ONLY, confirm=wanted),
        ):
            with pytest.raises(RenderError) as caught:
                await work
            assert seen(value, everything(caught.value)) == []

    perform([Reply(200, body(value), {"content-type": "application/json"})], act)


def test_a_lost_connection_shows_neither_value_nor_key() -> None:
    value = secrets.token_urlsafe(24)

    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError) as caught:
            await stage.writer.put_variable(SERVICE, "KEY", Secret(value), confirm=wanted)
        shown = everything(caught.value) + "\n".join(stage.said.lines)
        assert seen(value, shown) == []
        assert seen(stage.api_key, shown) == []

    perform([HANG_UP], act)


@pytest.mark.parametrize("reply", [Reply(200, {"key": "KEY", "value": "x"}), Reply(400, {"message": "x"})])
def test_nothing_is_logged_even_where_everything_is(reply: Reply) -> None:
    noted = io.StringIO()
    handler = logging.StreamHandler(noted)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)

    async def act(stage: Stage) -> str:
        with suppress(RenderError):
            await stage.writer.put_variable(SERVICE, "KEY", Secret("x"), confirm=wanted)
        for name in ("httpx", "httpcore.http2", "hpack.hpack", "hpack.table", "h2.connection"):
            assert not logging.getLogger(name).isEnabledFor(logging.INFO), name
        return stage.api_key

    try:
        api_key = perform([reply], act)
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    assert seen(api_key, noted.getvalue()) == []
    assert "HTTP Request" not in noted.getvalue()
    assert "authorization" not in noted.getvalue().lower()


@pytest.mark.parametrize("made", ["", "{}\n", " {}", "{} {}", '"{}"\u00fc', "{}\0"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(made: str) -> None:
    key = secrets.token_urlsafe(24)

    async def run() -> None:
        connection = RenderConnection(
            "https://api.render.com/v1", Secret(made.replace("{}", key)), clock=FakeClock(), key_variable="MY_KEY"
        )
        with pytest.raises(UsageError, match="MY_KEY") as caught:
            await connection.__aenter__()
        assert seen(key, everything(caught.value)) == []

    asyncio.run(run())


@pytest.mark.parametrize("value", ["on", "a", "1", "x y"])
def test_a_short_value_is_taken_out_where_it_stands_alone(value: str) -> None:
    assert scrubbed(f"not {value}, and option", [Secret(value)]) == "not [redacted], and option"


def test_a_message_is_one_bounded_line_without_control_characters() -> None:
    shown = scrubbed("\x1b[31mred\r\n::add-mask::x\u202e\x00" + "long " * 1000, [])
    assert len(shown) == 500
    assert shown.isprintable()


def test_a_large_secret_file_is_looked_for_in_a_moment() -> None:
    content = secrets.token_hex(500_000)
    assert scrubbed(f"no {content[1000:1100]} please", [Secret(content)]) == "no [redacted] please"


def test_the_connection_and_an_answer_show_no_key() -> None:
    async def act(stage: Stage) -> None:
        shown = repr(stage.connection) + repr(stage.writer) + repr(vars(stage.connection))
        assert seen(stage.api_key, shown) == []

    perform([Reply(200, [])], act)


SHORT_AND_ODD = [
    "p'a\"ss",
    "ab cd ef",
    "a\\nb\\tcde",
    "x%41%42%43",
    "&amp;&lt;ab",
    "k'1'2'3'4'5'6",
    "\\u0041bcdef",
    "a+b+c+d",
]


@pytest.mark.parametrize("value", SHORT_AND_ODD)
@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if name != "cut"])
def test_a_value_of_few_or_odd_characters_is_found_in_every_encoding(value: str, encoding: str) -> None:
    repeated = ENCODINGS[encoding](value)
    shown = scrubbed(f"no: {repeated} :no", [Secret(value)])
    assert repeated not in shown
    assert "[redacted]" in shown
    assert shown.startswith("no: ")
    assert shown.endswith(" :no")


@pytest.mark.parametrize(
    "message",
    [
        "not found: srv-0123456789abcdefghij",
        'the key "MY_KEY" isn\'t valid: it must match /^[A-Za-z_][\\w.-]*$/',
        "100% of 5 + 5 are used, see https://render.com/docs?a=1&b=2%20c",
        "unknown escapes \\q \\x \\u12 \\U000fffff0 &nosuch; &#; &#x; &#99999999; %zz %",
    ],
)
def test_a_message_without_a_secret_is_shown_as_it_is(message: str) -> None:
    assert (
        scrubbed(message, [Secret(secrets.token_urlsafe(24)), Secret("on"), Secret("-----BEGIN KEY-----")]) == message
    )


def test_many_values_and_a_long_message_take_a_moment() -> None:
    values = [Secret(secrets.token_urlsafe(30)) for _ in range(500)] + [Secret(secrets.token_hex(100_000))]
    began = time.monotonic()
    scrubbed("\\u0041%41&#65; it isn't valid " * 100, values)
    assert time.monotonic() - began < 5
