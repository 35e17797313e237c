"""One request to GitHub, as often as it has to be sent, and its answer read as what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from reconciler.errors import GitHubError
from reconciler.github.attempts import Failure
from reconciler.github.payload import GRAPHQL_ANSWER
from reconciler.github.rate_limit import UNTOLD_WAIT, asked_wait
from reconciler.github.refusal import limited, message_of, refusal
from reconciler.github.transport import Lost, Reply

if TYPE_CHECKING:
    from datetime import datetime

    import httpx
    from pydantic import TypeAdapter

    from reconciler.domain.value import Secret
    from reconciler.github.endpoints import Endpoint, Name

T = TypeVar("T")

_LIMITED = {"RATE_LIMITED", "RATE_LIMIT"}


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """What is to be sent where."""

    endpoint: Endpoint
    names: tuple[Name, ...]
    url: httpx.URL
    content: bytes | None = None

    @property
    def what(self) -> str:
        """What it is about."""
        return self.endpoint.described(self.names)

    def judge(self, sent: Reply | Lost, token: Secret, now: datetime, refusals: int) -> Reply | Failure:
        """Return the answer where it is a success, else what its failure means; `refusals` for limits came before."""
        if isinstance(sent, Lost):
            error = GitHubError(
                f"{self.endpoint.method} of {self.what}: {sent.reason}",
                remedy="check the network, GITHUB_API_URL, and the proxy settings HTTPS_PROXY and NO_PROXY",
            )
            return Failure(error, is_passing=True, may_be_done=sent.was_sent)
        if sent.status < HTTPStatus.MULTIPLE_CHOICES:
            # GraphQL tells its rate limit with status 200.
            wait = UNTOLD_WAIT * 2.0 ** min(refusals, 10) if _is_limited(sent) else None
            if wait is None:
                return sent
        else:
            wait = asked_wait(sent.status, sent.headers, message_of(sent, token), now, refusals)
        if wait is not None:
            return Failure(limited(self.endpoint, self.what, wait, sent.status), asked_wait=wait)
        is_servers = sent.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return Failure(refusal(self.endpoint, self.what, sent, token), is_passing=is_servers, may_be_done=is_servers)

    def read_as(self, reply: Reply, shape: TypeAdapter[T]) -> T:
        """Return an answer as what was asked for; raises `GitHubError`, without what the answer holds."""
        try:
            return shape.validate_json(reply.body)
        except ValidationError:
            pass
        # Raised here, so that pydantic's error, which holds what the body holds, is not its context.
        raise self.malformed()

    def malformed(self) -> GitHubError:
        """Return the error for an answer that is not what it should be."""
        return GitHubError(
            f"GitHub's answer about {self.what} cannot be used: it is not what it should be",
            remedy="check GITHUB_API_URL, and whether a proxy is in between",
        )


def _is_limited(reply: Reply) -> bool:
    if b"RATE_LIMIT" not in reply.body:
        return False
    try:
        return any(error.type in _LIMITED for error in GRAPHQL_ANSWER.validate_json(reply.body).errors)
    except ValidationError:
        return False
