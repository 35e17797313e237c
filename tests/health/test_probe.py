"""The probe of a health path: what counts as healthy, and what it says of everything else."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from reconciler.health import HttpProbe, probe
from tests.tls import self_signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ANSWERS = {
    "/ok": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "/gone": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "/broken": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    "/moved": b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n",
    "/away": b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/ok\r\nContent-Length: 0\r\n\r\n",
    "/circle": b"HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n",
    "/rude": b"this is no HTTP\r\n\r\n",
    "/hung": b"",
}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request after the other by its path; hang where there is nothing to say."""
    try:
        while line := await reader.readline():
            while (await reader.readline()).strip():
                pass
            answer = ANSWERS[line.decode().split(" ")[1]]
            if not answer:
                await reader.read()
            writer.write(answer)
            await writer.drain()
    except ConnectionError:
        pass  # the probe has seen enough
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def service(context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    served: list[asyncio.Task[None]] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'http' if context is None else 'https'}://localhost:{port}"
        await asyncio.gather(*served)


def asked(path: str, context: ssl.SSLContext | None = None) -> str | None:
    async def ask() -> str | None:
        async with service(context) as url:
            return await HttpProbe().check(url + path)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/ok", "/moved"])
def test_an_answer_below_400_is_healthy_also_behind_a_redirect(path: str) -> None:
    assert asked(path) is None


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/gone", "status 404"),
        ("/broken", "status 503"),
        ("/away", "it redirects to another host, elsewhere.example"),
        ("/circle", "it redirects in a circle"),
        ("/rude", "no answer: RemoteProtocolError"),
    ],
)
def test_anything_else_is_said(path: str, complaint: str) -> None:
    assert asked(path) == complaint


def test_a_slow_answer_is_waited_for_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "ANSWER_SECONDS", 0.3)
    assert asked("/hung") == "no answer within 0 s"


def test_a_certificate_that_nobody_vouches_for_is_named_as_the_reason(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    assert asked("/ok", context) == "its TLS certificate was not accepted: self-signed certificate"


def test_a_service_that_is_not_there_is_not_healthy() -> None:
    assert asyncio.run(HttpProbe().check("http://127.0.0.1:1/health")) == "no answer: ConnectError"
