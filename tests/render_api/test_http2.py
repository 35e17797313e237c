"""The client speaks HTTP/2 where the server does: over TLS, to a server of the test's own made with h2."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

from reconciler.domain.value import Secret
from reconciler.errors import RenderError
from reconciler.render_api import RenderConnection, RenderWriter
from tests.render_api.stage import SERVICE, FakeClock, Said, wanted
from tests.tls import self_signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FRAME = 16_000


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


@dataclass
class Http2Server:
    """Stores one variable for ever, lists none, and says goodbye after so many requests of a connection."""

    goodbye_after: int
    url: str = ""
    protocols: list[str | None] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.protocols.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        connection = H2Connection(H2Configuration(client_side=False))
        connection.initiate_connection()
        methods: dict[int, bytes] = {}
        bodies: dict[int, bytes] = {}
        try:
            while (len(methods) < self.goodbye_after) and (data := await reader.read(65536)):
                for event in connection.receive_data(data):
                    if isinstance(event, RequestReceived):
                        methods[event.stream_id] = dict(event.headers)[b":method"]
                        bodies[event.stream_id] = b""
                    elif isinstance(event, DataReceived):
                        bodies[event.stream_id] += event.data
                        connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    elif isinstance(event, StreamEnded):
                        _answer(connection, event.stream_id, methods[event.stream_id], bodies[event.stream_id])
                if len(methods) >= self.goodbye_after:
                    connection.close_connection()
                writer.write(connection.data_to_send())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


def _answer(connection: H2Connection, stream: int, method: bytes, body: bytes) -> None:
    content = {"key": "KEY", **json.loads(body)} if method == b"PUT" else []
    answer = json.dumps(content).encode()
    connection.send_headers(stream, [(":status", "200"), ("content-type", "application/json")])
    for start in range(0, len(answer), FRAME):
        connection.send_data(stream, answer[start : start + FRAME])
    connection.end_stream(stream)


@asynccontextmanager
async def serving(certificate: Path, goodbye_after: int) -> AsyncIterator[Http2Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    server = Http2Server(goodbye_after)
    listening = await asyncio.start_server(server.serve, "localhost", 0, ssl=context)
    server.url = f"https://localhost:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()
        await asyncio.sleep(0.05)  # lets the connections notice that the client is gone


@pytest.mark.parametrize("goodbye_after", [10_000, 40])
def test_http_2_carries_many_requests_over_few_connections_also_when_the_server_closes_them(
    certificate: Path, goodbye_after: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    caplog.set_level(logging.DEBUG)
    api_key, value = secrets.token_urlsafe(24), Secret("ü" * 25_000)

    async def run() -> None:
        async with serving(certificate, goodbye_after) as server:
            said = Said()
            async with RenderConnection(server.url, Secret(api_key), clock=FakeClock(), progress=said) as connection:
                writer = RenderWriter(connection)
                await writer.put_variable(SERVICE, "KEY", value, confirm=wanted)
                await asyncio.gather(*(writer.variables(SERVICE) for _ in range(100)))
            assert set(server.protocols) == {"h2"}
            if goodbye_after > 100:
                assert len(server.protocols) == 1
                assert said.lines == []
            else:
                assert said.lines
                assert all("trying again" in line for line in said.lines)

    asyncio.run(run())
    assert api_key not in caplog.text
    assert "authorization" not in caplog.text


def test_a_certificate_that_nobody_trusts_ends_the_work_at_once(certificate: Path) -> None:
    async def run() -> None:
        async with serving(certificate, 1) as server:
            said = Said()
            async with RenderConnection(
                server.url, Secret(secrets.token_urlsafe(24)), clock=FakeClock(), progress=said
            ) as connection:
                with pytest.raises(RenderError, match="certificate of localhost") as caught:
                    await RenderWriter(connection).variables(SERVICE)
            assert "SSL_CERT_FILE" in (caught.value.remedy or "")
            assert said.lines == []

    asyncio.run(run())
