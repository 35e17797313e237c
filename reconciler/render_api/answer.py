"""One answer of Render's API: its status, and its body read as what was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter, ValidationError

from reconciler.errors import RenderError
from reconciler.render_api.scrubber import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import httpx

    from reconciler.domain.value import Secret
    from reconciler.render_api.endpoints import Endpoint

T = TypeVar("T")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_./:-]{1,80}")
_MISTAKES = {
    "missing": "is missing",
    "string_type": "is not text",
    "value_error": "is not text",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "is empty, too long, or holds characters that have no place in it",
    "not_an_id": "is not an id",
    "bool_type": "is neither true nor false",
    "list_type": "is not a list",
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request; `repr` shows neither headers nor body, which may hold values."""

    endpoint: Endpoint
    names: Sequence[str]
    status: int
    headers: httpx.Headers
    body: bytes
    hidden: Iterable[Secret]
    """What must not be shown of what a server wrote: gone through where something is shown."""
    may_be_second: bool = False
    """Whether an earlier attempt at the same write may have been carried out already."""

    def __repr__(self) -> str:
        return f"Answer({self.endpoint.method} {self.endpoint.template}, {self.status})"

    @property
    def request_id(self) -> str | None:
        """Render's name for the request, on every recorded response; none where it is more than a name."""
        text = self.headers.get("render-request-id", "")
        return text if _REQUEST_ID.fullmatch(text) and scrubbed(text, self.hidden) == text else None

    @property
    def what(self) -> str:
        """What was asked for."""
        return described(self.endpoint, self.names)

    def read_as(self, shape: TypeAdapter[T]) -> T:
        """Return the body as what was asked for, or raise `RenderError`; what the body holds is never repeated."""
        content_type = self.headers.get("content-type", "")
        if "json" not in content_type.lower():
            raise self.malformed("it is not JSON")
        mistake = ""
        try:
            return shape.validate_json(self.body, strict=True)
        except ValidationError as error:
            mistake = _mistake(error)
        # Raised here, so that pydantic's error, which may hold what the body holds, is not its context.
        raise self.malformed(mistake)

    def malformed(self, mistake: str) -> RenderError:
        """Return the error for an answer that is not what it should be."""
        return RenderError(
            f"Render's answer about {self.what} cannot be used: {mistake}",
            status=self.status,
            request_id=self.request_id,
            remedy="try again; if it stays so, a proxy may be in between, or Render changed its API",
        )


def _mistake(error: ValidationError) -> str:
    """Return where the first mistake is and of what kind, and nothing of what stands there."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "it is not complete, valid JSON"
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    return f"{place or 'it'} {_MISTAKES.get(first['type'], 'is not what it should be')}"


def described(endpoint: Endpoint, names: Sequence[str]) -> str:
    """Return what a request is about, in words: `variable srv-… DATABASE_URL`."""
    noun = endpoint.kind.removeprefix("put_").removeprefix("delete_").removeprefix("create_").replace("_", " ")
    return f"{noun} {' '.join(repr(name)[1:-1] for name in names)}".rstrip()
