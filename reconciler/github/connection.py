"""The connection to GitHub's API: sends requests, waits for rate limits, tries again where that is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import httpx
from pydantic import ValidationError

from reconciler.domain.printable import printable
from reconciler.errors import GitHubError
from reconciler.github.address import checked_address
from reconciler.github.attempts import Attempts
from reconciler.github.call import Call
from reconciler.github.environment import checked_repository
from reconciler.github.payload import GRAPHQL_ANSWER, GraphQLRequest
from reconciler.github.refusal import MESSAGE_LENGTH, holds_token, permission_remedy
from reconciler.github.transport import Reply, open_client, send_once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from types import TracebackType

    from pydantic import BaseModel, TypeAdapter

    from reconciler.domain.value import Secret
    from reconciler.github.attempts import Failure
    from reconciler.github.endpoints import Endpoint, Name
    from reconciler.github.environment import ActionsEnvironment
    from reconciler.ports import Clock, Progress

PAGE = 100
"""Items of a page: GitHub's maximum."""
PAGE_LIMIT = 100
"""Pages of one list; GitHub itself allows 2,500 comments, so a server that sends more of them never ends."""
_FORBIDDEN = {"FORBIDDEN", "INSUFFICIENT_SCOPES"}
"""Types of GraphQL's errors that say that the token has not the right."""

T = TypeVar("T")


class GitHubConnection:
    """One token's way to one repository; open it with `async with`.

    Every method raises `GitHubError`, with GitHub's words and what to do. Nothing is sent to another host than the two
    that the environment names.
    """

    def __init__(
        self, environment: ActionsEnvironment, token: Secret, *, clock: Clock, progress: Progress | None = None
    ) -> None:
        self._root = checked_address(environment.api_url, "GITHUB_API_URL")
        self._graphql = checked_address(environment.graphql_url, "GITHUB_GRAPHQL_URL")
        self._repository = checked_repository(environment.repository)
        self._token = token
        self._clock = clock
        self._progress = progress
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        # A proxy from the environment would get to see a token that is meant for this machine only.
        self._client = open_client(self._token, trust_env=self._root.scheme == self._graphql.scheme == "https")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def read(self, endpoint: Endpoint, *names: Name, shape: TypeAdapter[T]) -> T:
        """Read one thing."""
        call = self._call(endpoint, names)
        return call.read_as(await self._answered(call), shape)

    async def read_pages(self, endpoint: Endpoint, *names: Name, shape: TypeAdapter[list[T]]) -> list[T]:
        """Read a list to its last page, or not at all."""
        found: list[T] = []
        seen: list[Mapping[str, str]] = []
        query: Mapping[str, str] | None = {"per_page": str(PAGE)}
        while query is not None:
            call = self._call(endpoint, names, query=query)
            if query in seen or len(seen) == PAGE_LIMIT:
                raise GitHubError(f"GitHub's list of {call.what} does not end")
            seen.append(query)
            reply = await self._answered(call)
            page = call.read_as(reply, shape)
            found += page
            query = _next_page(call, reply)
        return found

    async def write(self, endpoint: Endpoint, *names: Name, body: BaseModel, shape: TypeAdapter[T]) -> T:
        """Change something that comes to the same when it is sent twice."""
        call = self._call(endpoint, names, body=body)
        return call.read_as(await self._answered(call), shape)

    async def create(
        self,
        endpoint: Endpoint,
        *names: Name,
        body: BaseModel,
        shape: TypeAdapter[T],
        find: Callable[[], Awaitable[T | None]],
    ) -> T:
        """Make something once.

        After each attempt that may have been carried out, `find` looks whether it was, and returns what was made.
        """
        call = self._call(endpoint, names, body=body)
        attempts = Attempts(self._clock, self._progress)
        while True:
            outcome = await self._once(call, attempts)
            if isinstance(outcome, Reply):
                return call.read_as(outcome, shape)
            may_go_on = await attempts.pause(outcome)
            if outcome.may_be_done and (found := await find()) is not None:
                return found
            if not may_go_on:
                raise outcome.error

    async def ask(
        self, endpoint: Endpoint, query: str, variables: Mapping[str, Sequence[str] | str], shape: TypeAdapter[T]
    ) -> T:
        """Ask in GraphQL, or change something that may be changed twice; an answer with an error in it is none."""
        plain = {name: value if isinstance(value, str) else list(value) for name, value in variables.items()}
        content = GraphQLRequest(query=query, variables=plain).model_dump_json().encode()
        call = Call(endpoint, (), self._graphql, content)
        answer = call.read_as(await self._answered(call), GRAPHQL_ANSWER)
        if answer.errors:
            first = answer.errors[0]
            words = "" if holds_token(first.message, self._token) else f": {printable(first.message[:MESSAGE_LENGTH])}"
            remedy = permission_remedy(endpoint) if first.type in _FORBIDDEN else None
            raise GitHubError(f"GitHub refused {call.what}{words}", remedy=remedy)
        try:
            return shape.validate_python(answer.data)
        except ValidationError:
            raise call.malformed() from None

    async def _answered(self, call: Call) -> Reply:
        """Send a request that may be sent twice until it is answered with success, or it was the last attempt."""
        attempts = Attempts(self._clock, self._progress)
        while True:
            outcome = await self._once(call, attempts)
            if isinstance(outcome, Reply):
                return outcome
            if not await attempts.pause(outcome):
                raise outcome.error

    async def _once(self, call: Call, attempts: Attempts) -> Reply | Failure:
        if self._client is None:
            message = "the connection is used outside of its `async with` block"
            raise RuntimeError(message)
        headers = {} if call.content is None else {"Content-Type": "application/json"}
        request = self._client.build_request(call.endpoint.method, call.url, headers=headers, content=call.content)
        sent = await send_once(self._client, request)
        return call.judge(sent, self._token, self._clock.now(), attempts.refusals)

    def _call(
        self,
        endpoint: Endpoint,
        names: tuple[Name, ...],
        *,
        query: Mapping[str, str] | None = None,
        body: BaseModel | None = None,
    ) -> Call:
        path = f"{self._root.path.rstrip('/')}/repos/{self._repository}{endpoint.path(names)}"
        url = self._root.copy_with(raw_path=path.encode("ascii"))
        content = None if body is None else body.model_dump_json().encode()
        return Call(endpoint, names, url.copy_merge_params(dict(query)) if query else url, content)


def _next_page(call: Call, reply: Reply) -> Mapping[str, str] | None:
    """Return the query of the page that `Link` names as the next one.

    Only the query: whatever host and path the header has, the token goes to where the first page came from.
    """
    link = httpx.Response(reply.status, headers=reply.headers).links.get("next", {}).get("url")
    if link is None:
        return None
    try:
        return dict(httpx.URL(link).params)
    except httpx.InvalidURL:
        raise call.malformed() from None
