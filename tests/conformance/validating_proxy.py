"""A proxy that passes requests on to a sandbox, and holds each of them and each answer against Render's document."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import uvicorn
from openapi_core.exceptions import OpenAPIError
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.conformance.document import check_answer, check_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from reconciler.sandbox import RunningSandbox

_METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]
_NOT_PASSED_ON = {"content-length", "content-encoding", "transfer-encoding", "connection", "date"}


@dataclass
class Proxy:
    """A proxy that answers, and what it saw."""

    url: str = ""
    """The base address of the API behind it."""
    passed: list[str] = field(default_factory=list)
    """Methods and paths, oldest first."""
    breaches: list[str] = field(default_factory=list)
    """What was not as in the document, without any value."""

    def judge(self, answer: httpx.Response) -> None:
        """Hold a request and its answer against the document."""
        name = f"{answer.request.method} {answer.request.url.path}"
        self.passed.append(name)
        for part in ("request", "answer"):
            try:
                if part == "request":
                    check_request(answer.request)
                else:
                    check_answer(answer)
            except (OpenAPIError, ValidationError, AssertionError) as error:
                cause = type(error.__cause__ or error).__name__
                self.breaches.append(f"{part} of {name} {answer.status_code}: {type(error).__name__}: {cause}")


@contextmanager
def proxied(sandbox: RunningSandbox) -> Iterator[Proxy]:
    """Run a proxy before a sandbox for the length of a `with` block."""
    proxy = Proxy()
    upstream = httpx.AsyncClient(base_url=sandbox.root, timeout=30)

    async def forward(request: Request) -> Response:
        raw: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        target = upstream.base_url.copy_with(raw_path=raw + (b"?" + query if query else b""))
        headers = {name: value for name, value in request.headers.items() if name not in {"host", "connection"}}
        answer = await upstream.request(request.method, target, content=await request.body(), headers=headers)
        proxy.judge(answer)
        kept = {name: value for name, value in answer.headers.items() if name not in _NOT_PASSED_ON}
        return Response(answer.content, answer.status_code, headers=kept)

    app = Starlette(routes=[Route("/{path:path}", forward, methods=_METHODS)])
    listener = socket.create_server(("127.0.0.1", 0))
    proxy.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))

    async def serve() -> None:
        await server.serve(sockets=[listener])
        await upstream.aclose()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        # The listener queues what comes before the server is up.
        yield proxy
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
