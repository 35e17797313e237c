"""A request on its way: built anew for each attempt, and what has come of it so far."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.domain.value import Secret
from reconciler.errors import RenderError
from reconciler.render_api.answer import Answer, described
from reconciler.render_api.attempts import FailedAttemptError, RateLimitedError
from reconciler.render_api.endpoints import admit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from reconciler.ports import Confirm
    from reconciler.render_api.endpoints import Endpoint
    from reconciler.render_api.transport import Lost

TROUBLED = frozenset({500, 502, 503, 504})
"""Statuses that say that the server has a problem, not that the request is wrong."""


@dataclass(slots=True)
class Outgoing:
    """One request; mutable, because it remembers across attempts whether one of them may have been carried out."""

    endpoint: Endpoint
    names: Sequence[str]
    query: Sequence[tuple[str, str]] = ()
    fields: Mapping[str, Secret | str] = field(default_factory=dict)
    confirm: Confirm | None = None
    """What tells before each attempt whether the request is still wanted; reads have none."""
    is_wanted: bool = True
    outcome: Answer | Lost | None = None
    may_be_done: bool = False
    """Whether a write was sent at least once and may have been carried out by it."""
    _segments: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        self._segments = self.endpoint.segments(self.names)

    @property
    def secrets(self) -> Sequence[Secret]:
        """The values that it carries."""
        return tuple(value for value in self.fields.values() if isinstance(value, Secret))

    @property
    def is_rate_limited(self) -> bool:
        """Whether the last attempt was refused for the rate limit."""
        return isinstance(self.outcome, Answer) and self.outcome.status == HTTPStatus.TOO_MANY_REQUESTS

    def build(self, client: httpx.AsyncClient, base_url: httpx.URL) -> httpx.Request:
        """Return the request to send, or raise `RenderError` if it is not exactly the one that is meant."""
        request = client.build_request(
            self.endpoint.method,
            f"{base_url}/{'/'.join(self._segments)}",
            params=tuple(self.query) or None,
            content=self._body(),
            headers={"Content-Type": "application/json"} if self.fields else None,
        )
        admit(request, self.endpoint, self._segments, base_url)
        return request

    def conclude(self, outcome: Answer | Lost) -> None:
        """Note what came of an attempt."""
        self.outcome = outcome
        if not self.endpoint.is_read:
            self.may_be_done |= outcome.status in TROUBLED if isinstance(outcome, Answer) else outcome.was_sent

    def raise_for_another(self) -> None:
        """Raise `AttemptError` where another attempt is safe and may help.

        A refusal for the rate limit and a connection that was never made left nothing behind. Everything else is
        repeated only where sending twice does what sending once does.
        """
        outcome = self.outcome
        if self.is_rate_limited:
            raise RateLimitedError("Render's rate limit is reached")
        if outcome is None or (self.may_be_done and not self.endpoint.is_repeatable):
            return
        if isinstance(outcome, Answer):
            if outcome.status in TROUBLED:
                raise FailedAttemptError(f"Render answered {outcome.status}")
        elif not outcome.is_final:
            raise FailedAttemptError(outcome.reason)

    def _body(self) -> bytes | None:
        if not self.fields:
            return None
        texts = {name: value.reveal() if isinstance(value, Secret) else value for name, value in self.fields.items()}
        try:
            return json.dumps(texts, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            pass  # the error holds the text, so it must not become the context of the next one
        raise RenderError(
            f"the value of {described(self.endpoint, self.names)} was not sent: it is not text that UTF-8 can encode",
            remedy="look at where the value comes from; it may be binary data",
        )
