"""HTTP/1.1 as bytes: enough of it to stand between the command and the sandbox and to cut anywhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

_HOP = (b"connection", b"keep-alive")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came, and what to call it."""

    method: str
    target: str
    label: str
    """Method and path with the service's name for its id, such as `PUT api/env-vars/KEY`; deploys' ids are `*`."""
    raw: bytes
    """What is passed on: the same request, which asks for the connection to be closed after it."""

    @property
    def changes_something(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `raw` is all of it, head and body."""

    raw: bytes

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def truncated(self) -> bytes:
        """The head, which promises all of the body, and half of the body; without a body, half of the head."""
        body = self.body
        return self.raw[: len(self.raw) - (len(body) + 1) // 2] if body else self.raw[: len(self.raw) // 2]


def made_up(status: int, body: object, headers: dict[str, str] | None = None) -> Reply:
    """Return an answer that the sandbox never gave; text is sent as HTML, anything else as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json; charset=utf-8"
    named = {"Content-Type": kind, "Content-Length": str(len(text.encode())), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return Reply(f"HTTP/1.1 {status} Made up\r\n{head}\r\n{text}".encode())


async def read_request(reader: asyncio.StreamReader, names: dict[str, str]) -> Request | None:
    """Read the next request of a connection; `None` where the client is gone."""
    head = await _head(reader)
    if not head:
        return None
    first, *lines = head
    method, target, _ = first.decode().split(" ")
    body = await reader.readexactly(_length(lines))
    kept = [line for line in lines if line.split(b":")[0].lower() not in _HOP]
    raw = b"\r\n".join([first, *kept, b"connection: close", b"", body])
    return Request(method, target, f"{method} {_path(target, names)}", raw)


async def read_reply(reader: asyncio.StreamReader) -> Reply:
    """Read one answer, after which the sandbox closes the connection."""
    head = await _head(reader)
    if not head:
        raise ConnectionResetError
    first, *lines = head
    body = await reader.readexactly(_length(lines))
    kept = [line for line in lines if line.split(b":")[0].lower() not in _HOP]
    return Reply(b"\r\n".join([first, *kept, b"", body]))


async def _head(reader: asyncio.StreamReader) -> list[bytes]:
    lines = []
    while line := (await reader.readline()).rstrip(b"\r\n"):
        lines.append(line)
    return lines


def _length(lines: list[bytes]) -> int:
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _path(target: str, names: dict[str, str]) -> str:
    parts = target.partition("?")[0].removeprefix("/v1/").split("/")
    if parts[0] == "services" and len(parts) > 1:
        parts = [names.get(parts[1], parts[1]), *parts[2:]]
    if parts[-2:-1] == ["deploys"]:
        parts[-1] = "*"
    return "/".join(parts)
