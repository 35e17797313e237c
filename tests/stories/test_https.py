"""Over TLS, as Render is reached: HTTP/2 on few connections, a proxy that sees nothing, a certificate that counts."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from reconciler.sandbox import NO_LIMITS
from reconciler.sandbox.application import application
from tests.tls import self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
"""
SERVICES = 20


@dataclass
class Seen:
    """What came over TLS."""

    url: str
    versions: set[str] = field(default_factory=set)
    connections: set[Any] = field(default_factory=set)
    headers: list[dict[bytes, bytes]] = field(default_factory=list)


@dataclass
class Tunnel:
    """A proxy that connects whom it is asked to."""

    url: str
    asked: list[str] = field(default_factory=list)
    carried: bytearray = field(default_factory=bytearray)


@contextmanager
def in_thread(main: Any) -> Iterator[None]:  # noqa: ANN401 — a coroutine function of a ready and an end
    """Run a server until the block ends."""
    ready, loop, over = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(main(ready, over)))
    thread.start()
    assert ready.wait(30)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(30)
        loop.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


@pytest.fixture
def seen(project: Project, certificate: Path) -> Iterator[Seen]:
    """Serve the project's sandbox over TLS with Hypercorn."""
    listener = socket.create_server(("127.0.0.1", 0))
    found = Seen(f"https://localhost:{listener.getsockname()[1]}/v1")
    inner = application(project.sandbox.workspace, NO_LIMITS, lambda: None)

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            found.versions.add(scope["http_version"])
            found.connections.add(tuple(scope["client"]))
            found.headers.append(dict(scope["headers"]))
        await inner(scope, receive, send)

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]  # it closes what it is given
    config.certfile = config.keyfile = str(certificate)
    config.accesslog = config.errorlog = None
    config.graceful_timeout = 1.0

    async def main(ready: threading.Event, over: asyncio.Event) -> None:
        serving = asyncio.create_task(serve(noting, config, shutdown_trigger=over.wait))  # type: ignore[arg-type]  # Hypercorn's own types of ASGI
        ready.set()
        await serving

    with in_thread(main):
        yield found


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    """Run a proxy that opens tunnels and notes what goes through them to the server."""
    listener = socket.create_server(("127.0.0.1", 0))
    found = Tunnel(f"http://127.0.0.1:{listener.getsockname()[1]}")

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, note: bool) -> None:
        try:
            while data := await reader.read(65536):
                if note:
                    found.carried.extend(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = (await reader.readline()).decode().split(" ")
        found.asked.append(f"{method} {target}")
        while (await reader.readline()).strip():
            pass
        there, back = await asyncio.open_connection("127.0.0.1", int(target.rpartition(":")[2]))
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await asyncio.gather(pass_on(reader, back, note=True), pass_on(there, writer, note=False))

    async def main(ready: threading.Event, over: asyncio.Event) -> None:
        server = await asyncio.start_server(connect, sock=listener)
        ready.set()
        await over.wait()
        server.close()

    with in_thread(main):
        yield found


@pytest.fixture
def services(project: Project) -> list[str]:
    names = [f"worker-{number}" for number in range(SERVICES)]
    lines = [f"      {name}: {{render: {name}, variables: {{ALPHA: one}}}}\n" for name in names]
    project.write("services.yaml", CONTRACT + "".join(lines))
    return [project.service(name, {}) for name in names]


def test_an_apply_speaks_http_2_on_a_connection_that_it_keeps(
    project: Project, services: list[str], seen: Seen, certificate: Path
) -> None:
    env = {"RENDER_API_URL": seen.url, "SSL_CERT_FILE": str(certificate)}

    run = project.reconcile("apply", "--auto-approve", "--no-deploy", env=env)

    assert run.code == 0, run.out + run.err
    assert all(project.variables(service) == {"ALPHA": "one"} for service in services)
    assert seen.versions == {"2"}
    assert len(seen.headers) >= 1 + 5 * SERVICES
    assert len(seen.connections) <= 2, "one to plan and one to write"
    assert all(headers[b"user-agent"].startswith(b"render-reconciler/") for headers in seen.headers)
    assert all(b"gzip" in headers[b"accept-encoding"] for headers in seen.headers)


@pytest.mark.usefixtures("services")
def test_a_certificate_that_nobody_vouches_for_ends_the_command_before_the_key_is_sent(
    project: Project, seen: Seen
) -> None:
    run = project.reconcile("plan", env={"RENDER_API_URL": seen.url})

    assert run.code == 1
    assert "the certificate of localhost could not be verified" in run.err
    assert "SSL_CERT_FILE" in run.err
    assert seen.headers == []


@pytest.mark.usefixtures("services")
def test_a_proxy_from_the_environment_tunnels_what_it_cannot_read(
    project: Project, seen: Seen, certificate: Path, tunnel: Tunnel
) -> None:
    env = {"RENDER_API_URL": seen.url, "SSL_CERT_FILE": str(certificate), "HTTPS_PROXY": tunnel.url}

    through = project.reconcile("plan", env=env)
    tunnelled = len(tunnel.asked)
    past = project.reconcile("plan", env={**env, "NO_PROXY": "localhost"})

    assert (through.code, past.code) == (0, 0), through.err + past.err
    host = seen.url.removeprefix("https://").removesuffix("/v1")
    assert set(tunnel.asked) == {f"CONNECT {host}"}
    assert len(tunnel.asked) == tunnelled >= 1
    assert len(seen.headers) == 2 * (2 + SERVICES), "both times all of it, and the audit log"
    assert project.sandbox.api_key.encode() not in bytes(tunnel.carried)
