"""The connection to Render's API: sends allowed requests, waits for rate limits, tries again, tells what went wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from reconciler.errors import RenderError, UnconfirmedWriteError, UsageError
from reconciler.render_api.answer import Answer
from reconciler.render_api.attempts import AttemptError, attempts
from reconciler.render_api.base_url import checked_base_url
from reconciler.render_api.endpoints import Bucket, Endpoint
from reconciler.render_api.outgoing import Outgoing
from reconciler.render_api.rate_limit import RateGate
from reconciler.render_api.refusal import lost, refusal
from reconciler.render_api.seen import SeenValues
from reconciler.render_api.transport import Lost, open_client, send_once

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from types import TracebackType

    import httpx

    from reconciler.domain.value import Secret
    from reconciler.ports import Clock, Confirm, Progress


class RenderConnection:
    """One API key's way to Render; open it with `async with`, then hand it to a reader or a writer.

    `key_variable` is the name of the environment variable that held the key, so that errors can name it; `seen` is
    where connections that are used together note the values that they carry, their keys among them, so that no message
    quotes any of them, whatever a server says. At most `parallelism` reads are under way at once, and as many writes: a
    write that is confirmed waits for no read to end.
    """

    def __init__(  # noqa: PLR0913 — the settings of a connection, all by name
        self,
        base_url: str,
        api_key: Secret,
        *,
        clock: Clock,
        progress: Progress | None = None,
        parallelism: int = 16,
        key_variable: str = "RENDER_API_KEY",
        seen: SeenValues | None = None,
    ) -> None:
        if parallelism < 1:
            raise UsageError("parallelism must be at least 1", remedy="leave --parallelism out, or give 1 or more")
        self._base_url = checked_base_url(base_url)
        self._api_key = api_key
        self._clock = clock
        self._progress = progress
        self._key_variable = key_variable
        self._parallelism = parallelism
        self._client: httpx.AsyncClient | None = None
        self._spent: list[httpx.AsyncClient] = []
        self._read_slots = asyncio.Semaphore(parallelism)
        self._write_slots = asyncio.Semaphore(parallelism)
        self._gates = {bucket: RateGate(clock, progress, parallelism) for bucket in Bucket}
        self._sent: Counter[Endpoint] = Counter()
        self._seen = SeenValues() if seen is None else seen
        self._seen.add_nameless([api_key])

    async def __aenter__(self) -> Self:
        self._client = self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        clients = [*self._spent, *([self._client] if self._client else [])]
        self._client, self._spent = None, []
        for client in clients:
            await client.aclose()

    @property
    def reads(self) -> Mapping[str, int]:
        """How many GET requests were sent so far, by kind; every attempt counts."""
        return {endpoint.kind: count for endpoint, count in self._sent.items() if endpoint.is_read}

    @property
    def writes(self) -> Mapping[str, int]:
        """How many requests that change something were sent so far, by kind; every attempt counts."""
        return {endpoint.kind: count for endpoint, count in self._sent.items() if not endpoint.is_read}

    @property
    def seen(self) -> SeenValues:
        """The values that were read or sent, so that they stay out of errors: a server might repeat them."""
        return self._seen

    async def read(
        self,
        endpoint: Endpoint,
        *names: str,
        query: Sequence[tuple[str, str]] = (),
        accept: Collection[int] = (HTTPStatus.OK,),
    ) -> Answer:
        """Send a GET request until it is answered, and return the answer if its status is acceptable.

        Raises `RenderError` for every other end.
        """
        outgoing = Outgoing(endpoint, names, query=tuple(query))
        await self._exhaust(outgoing)
        return self._accepted(outgoing, accept)

    async def write(
        self,
        endpoint: Endpoint,
        *names: str,
        fields: Mapping[str, Secret | str] | None = None,
        accept: Collection[int],
        confirm: Confirm,
    ) -> Answer | None:
        """Send a request that changes something, likewise; return `None` where it was not wanted any more.

        `confirm` is asked before each attempt, after every wait; what it raises comes out as it is. Raises
        `UnconfirmedWriteError` where the write may have been carried out and no acceptable answer says so.
        """
        outgoing = Outgoing(endpoint, names, fields=fields or {}, confirm=confirm)
        for value in outgoing.secrets:
            self._seen.add(names[0], {names[-1]: value})
        await self._exhaust(outgoing)
        return self._accepted(outgoing, accept) if outgoing.is_wanted else None

    def refusal(self, answer: Answer) -> RenderError:
        """Return the error for an answer with a status that is not acceptable after all."""
        return refusal(answer, self._base_url.host, self._key_variable)

    async def _exhaust(self, outgoing: Outgoing) -> None:
        """Send a request until it is answered, or no longer wanted, or no further attempt is allowed."""
        try:
            async for attempt in attempts(self._clock, self._progress):
                with attempt:
                    await self._attempt(outgoing)
        except AttemptError:
            pass  # it was the last one; what came of it is told elsewhere, where this error is not its context

    def _accepted(self, outgoing: Outgoing, accept: Collection[int]) -> Answer:
        outcome = outgoing.outcome
        if isinstance(outcome, Answer) and outcome.status in accept:
            return outcome
        error = self._error(outgoing, outcome)
        if outgoing.may_be_done:
            raise unconfirmed(error)
        raise error

    def _error(self, outgoing: Outgoing, outcome: Answer | Lost | None) -> RenderError:
        match outcome:
            case Answer():
                return self.refusal(outcome)
            case Lost():
                return lost(outgoing.endpoint, outgoing.names, outcome)
            case None:
                message = "a request ended without an outcome"
                raise AssertionError(message)

    async def _attempt(self, outgoing: Outgoing) -> None:
        """Send the request once; raise `AttemptError` where another attempt is allowed and may help."""
        request = outgoing.build(self._opened(), self._base_url)
        gate = self._gates[outgoing.endpoint.bucket]
        await gate.enter()
        headers: httpx.Headers | None = None
        try:
            if outgoing.confirm is None:
                async with self._read_slots:
                    headers = await self._send(outgoing, request)
            else:
                async with self._write_slots:
                    # No slot for reads is held while it looks, since it reads over this very connection.
                    outgoing.is_wanted = await outgoing.confirm()
                    if not outgoing.is_wanted:
                        return
                    headers = await self._send(outgoing, request)
        finally:
            gate.leave(headers, refused=outgoing.is_rate_limited)
        outgoing.raise_for_another()

    async def _send(self, outgoing: Outgoing, request: httpx.Request) -> httpx.Headers | None:
        """Put the request on the wire, note what came of it, and return the answer's headers if there is one."""
        client = self._opened()  # it may be another one than before the waiting
        self._sent[outgoing.endpoint] += 1
        sent = await send_once(client, request)
        if isinstance(sent, Lost):
            outgoing.conclude(sent)
            self._replace(client, sent)
            return None
        response, body = sent
        outgoing.conclude(self._answer(outgoing, response, body))
        return response.headers

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            message = "the connection is used outside of its `async with` block"
            raise RuntimeError(message)
        return self._client

    def _open(self) -> httpx.AsyncClient:
        return open_client(self._base_url, self._api_key, self._key_variable, connections=2 * self._parallelism)

    def _replace(self, client: httpx.AsyncClient, sent: Lost) -> None:
        """Go on with a new client where the old one is spent; other requests may still end on the old one."""
        if sent.is_client_spent and client is self._client:
            self._spent.append(client)
            self._client = self._open()

    def _answer(self, outgoing: Outgoing, response: httpx.Response, body: bytes) -> Answer:
        return Answer(
            outgoing.endpoint,
            outgoing.names,
            response.status_code,
            response.headers,
            body,
            hidden=self._seen,
            may_be_second=outgoing.may_be_done,
        )


def unconfirmed(error: RenderError) -> UnconfirmedWriteError:
    """Return the error for a write that may have been carried out although its end looks like a failure."""
    return UnconfirmedWriteError(
        f"{error.message}; it may have been carried out all the same",
        request_id=error.request_id,
        remedy="plan again: reading Render tells what happened",
    )
