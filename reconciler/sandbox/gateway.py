"""What stands before every endpoint: keys, rate limits, request ids, faults and the log of requests.

It is plain ASGI, because a fault may have to bend or break an answer that an endpoint has already given.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.sandbox.answer import Answer, refused
from reconciler.sandbox.clock import stamp
from reconciler.sandbox.connection import drop
from reconciler.sandbox.dashboard import edit_variable
from reconciler.sandbox.fault import Break, Fault, Faults
from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.path import normalised
from reconciler.sandbox.rate_limit import RateLimiter, bucket_of
from reconciler.sandbox.refusal import RefusalError, unauthorized
from reconciler.sandbox.rival import start_deploy, sync_blueprint

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from reconciler.sandbox.workspace import Workspace

_PREFIX = "/v1"
_NOBODY = ""
_ON_EVERY_ANSWER = (
    (b"referrer-policy", b"same-origin"),
    (b"vary", b"Origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-xss-protection", b"1; mode=block"),
)
"""What recorded answers carry beside rate limits and the request's id."""


@dataclass(slots=True)
class Seen:
    """One request in the log: never a body, because bodies hold values."""

    id: str
    at: str
    method: str
    path: str
    """The path that was handled, after normalisation."""
    target: str
    """The path and query as they came over the wire."""
    status: int | None = None
    """None while it is under way, and for one whose connection was dropped before it was handled."""
    fault: int | None = None


@dataclass(slots=True)
class Gateway:
    """The ASGI application that the server runs."""

    app: ASGIApp
    workspace: Workspace
    limiter: RateLimiter
    faults: Faults
    changed: Callable[[], None]
    """Called after requests that may have changed something, and before they are answered."""
    seen: deque[Seen]
    _keeping: asyncio.Task[None] | None = None
    """What will call `changed`, for all requests that end before it does."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = normalised(scope["raw_path"])
        scope = {
            **scope,
            "path": path,
            "raw_path": path.encode(),
            "state": {**scope["state"], "target": scope["raw_path"]},
        }
        if path == _PREFIX or path.startswith(f"{_PREFIX}/"):
            await self._guarded(scope, receive, send)
        else:
            answer = await self._handled(scope, await _body(receive))
            await answer.send(send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        method, path = scope["method"], scope["path"]
        target = _target(scope)
        seen = Seen(new_id("req"), stamp(self.workspace.now()), method, path, target)
        self.seen.append(seen)
        key = self.workspace.keys.get(_bearer(scope))
        bucket = bucket_of(method, path.removeprefix(_PREFIX))
        standing = self.limiter.take(key.key if key else _NOBODY, bucket, self.workspace.now())
        fault: Fault | None = None
        if key is None:
            error = unauthorized()
            answer = refused(error.status, error.message)
        elif standing.exceeded:
            answer = refused(429, "rate limit exceeded")
        else:
            scope["state"]["key"] = key
            fault = self.faults.strike(method, path)
            if fault:
                seen.fault = fault.id
                await asyncio.sleep(fault.latency)
                if fault.broken is Break.BEFORE:
                    await drop(scope, receive)
                    return
            answer = await self._bent(scope, body, fault)
        seen.status = answer.status
        for name, value in (*standing.headers(), (b"render-request-id", seen.id.encode()), *_ON_EVERY_ANSWER):
            if (name, value) not in answer.headers and not (fault and _has(answer, name)):
                answer.set(name, value)
        answer.set(b"date", formatdate(usegmt=True).encode())
        await _deliver(answer, fault, scope, receive, send)

    async def _bent(self, scope: Scope, body: bytes, fault: Fault | None) -> Answer:
        if fault is None:
            return await self._handled(scope, body)
        try:
            self._interfere(fault)
        except RefusalError as error:
            return refused(error.status, error.message)
        answer = Answer(fault.status or 200)
        if fault.rate_limit is not None:
            answer = refused(429, "rate limit exceeded")
            answer.set(b"ratelimit-remaining", b"0")
            answer.set(b"ratelimit-reset", str(fault.rate_limit).encode())
        elif fault.status is None or fault.carried_out:
            answer = await self._handled(scope, body)
        if fault.status is not None:
            answer.status = fault.status
            answer.say({"message": "a fault of the sandbox"} if fault.body is None else fault.body)
        elif fault.body is not None:
            answer.say(fault.body)
        if fault.lies:
            answer.status = 200 if answer.status == HTTPStatus.NO_CONTENT else answer.status
            answer.say(fault.lie)
        for name, value in (fault.headers or {}).items():
            answer.set(name.lower().encode(), value.encode())
        return answer

    def _interfere(self, fault: Fault) -> None:
        """Do what a fault says that others do just before the request."""
        if fault.edit:
            edit_variable(self.workspace, fault.edit)
        if fault.deploy:
            start_deploy(self.workspace, fault.deploy)
        if fault.sync:
            sync_blueprint(self.workspace, fault.sync)

    async def _handled(self, scope: Scope, body: bytes) -> Answer:
        answer = Answer(500)

        async def replay() -> Message:
            await asyncio.sleep(0)
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, answer.collect)
        if scope["method"] not in {"GET", "HEAD"}:
            await self._kept()
        return answer

    async def _kept(self) -> None:
        """Wait until what changed is kept: one call for all who wait, since writing a large state takes its time."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
        # One client that hangs up is no reason to leave the others' changes unkept.
        await asyncio.shield(self._keeping)

    async def _keep(self) -> None:
        # Requests that are there already get their turn first.
        await asyncio.sleep(0)
        self._keeping = None
        self.changed()


async def _deliver(answer: Answer, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
    broken = fault.broken if fault else None
    if broken is Break.TRUNCATE and len(answer.body) > 1:
        await answer.send(send, part=len(answer.body) // 2)
        await drop(scope, receive, flush=True)
    elif broken:
        await drop(scope, receive)
    else:
        await answer.send(send)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body"):
            return body


def _bearer(scope: Scope) -> str:
    values: list[bytes] = [value for name, value in scope["headers"] if name == b"authorization"]
    kind, _, key = (values[0].decode("latin-1") if values else "").partition(" ")
    return key if kind.lower() == "bearer" else _NOBODY


def _target(scope: Scope) -> str:
    raw: bytes = scope["state"]["target"]
    query: bytes = scope["query_string"]
    target: bytes = raw + b"?" + query if query else raw
    return target.decode("latin-1")


def _has(answer: Answer, name: bytes) -> bool:
    return any(known.lower() == name for known, _ in answer.headers)
