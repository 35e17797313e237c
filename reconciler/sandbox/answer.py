"""Answers: JSON the way Render writes it, and a whole response as one value that faults can bend."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import Send

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(slots=True)
class Answer:
    """A response before it is sent."""

    status: int
    body: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def collect(self, message: MutableMapping[str, Any]) -> None:
        """Take over what an ASGI application sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def say(self, content: object) -> None:
        """Replace the body: text as it is, anything else as JSON."""
        self.body = content.encode() if isinstance(content, str) else json_bytes(content)
        self.set(b"content-type", JSON_TYPE.encode())

    def set(self, name: bytes, value: bytes) -> None:
        """Set a header, instead of any of that name."""
        self.headers = [header for header in self.headers if header[0].lower() != name.lower()]
        self.headers.append((name, value))

    async def send(self, send: Send, *, part: int | None = None) -> None:
        """Send it all, or the head and only so many bytes of the body."""
        no_body = self.status in {204, 304}
        length = b"0" if no_body else str(len(self.body)).encode()
        if not no_body:
            self.set(b"content-length", length)
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        body = b"" if no_body else self.body[:part]
        await send({"type": "http.response.body", "body": body, "more_body": part is not None})


def refused(status: int, message: str) -> Answer:
    """Return an error as Render words it: an object with a `message`."""
    answer = Answer(status)
    answer.say({"message": message})
    return answer


def json_bytes(content: object) -> bytes:
    """Return compact JSON in UTF-8, ended by a newline as in recorded answers."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def json_response(content: object, status: int = 200) -> Response:
    """Return JSON as Render sends it."""
    return Response(json_bytes(content), status, media_type=JSON_TYPE)


def no_content(status: int = 204) -> Response:
    """Return a response without a body and without a type, as Render does for 202 and 204."""
    return Response(status_code=status)
