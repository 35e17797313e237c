"""An HTTP server that answers whatever a test tells it to, and notes each request as it came over the wire."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable


@dataclass(frozen=True, slots=True)
class Received:
    """A request."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        return f"{self.method} {self.target}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `body` is sent as JSON unless it is bytes; `cut` sends so many bytes of it and hangs up."""

    status: int = 200
    body: object = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


HANG_UP = Reply(cut=-1)
"""No answer at all: the connection is closed once the request has arrived."""
SILENCE = Reply(cut=-2)
"""No answer either, and the connection stays open."""


@dataclass(slots=True)
class LyingServer:
    """A server that runs."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    """How many were opened so far."""
    stop_listening: Callable[[], None] = lambda: None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def lines(self) -> list[str]:
        return [request.line for request in self.received]


@asynccontextmanager
async def lying(
    answer: Callable[[Received], Reply] | list[Reply], tls: ssl.SSLContext | None = None
) -> AsyncIterator[LyingServer]:
    """Serve what a function says, or one reply after the other, the last one again and again."""
    server = LyingServer()
    replies = list(answer) if isinstance(answer, list) else []
    connections: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        server.connections += 1
        try:
            while received := await _read(reader):
                server.received.append(received)
                if isinstance(answer, list):
                    reply = replies.pop(0) if len(replies) > 1 else replies[0]
                else:
                    reply = answer(received)
                if reply is SILENCE:
                    await server.over.wait()
                    break
                writer.write(_written(reply))
                await writer.drain()
                if reply.cut is not None:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            connections.discard(writer)
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    server.stop_listening = listening.close
    try:
        yield server
    finally:
        listening.close()
        server.over.set()
        for connection in list(connections):
            connection.transport.abort()  # some clients keep theirs for as long as they live
        await asyncio.sleep(0.01)  # lets the connections notice that the client is gone


async def _read(reader: asyncio.StreamReader) -> Received | None:
    first = (await reader.readline()).decode()
    if not first:
        return None
    method, target, _ = first.split(" ")
    headers: dict[str, str] = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)


def _written(reply: Reply) -> bytes:
    if reply.cut == -1:
        return b""
    is_json = not isinstance(reply.body, bytes)
    body = json.dumps(reply.body).encode() if not isinstance(reply.body, bytes) else reply.body
    headers = {"content-type": "application/json; charset=utf-8"} if is_json else {}
    headers |= reply.headers
    headers["content-length"] = "0" if reply.status == 204 else str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    sent = b"" if reply.status == 204 else body
    return f"HTTP/1.1 {reply.status} Told\r\n{head}\r\n".encode() + (sent if reply.cut is None else sent[: reply.cut])
