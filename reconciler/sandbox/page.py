"""One page of a list: `limit`, `cursor` and Render's envelope `[{"<resource>": {…}, "cursor": "…"}]`."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from reconciler.sandbox.refusal import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from starlette.datastructures import QueryParams

_DEFAULT_LIMIT = 20
_MOST = 100
_DIGITS = 4
_SEAL_LENGTH = 16
_PLACE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is asked for."""

    limit: int
    """How many items at most."""
    after: int | None
    """The place of the last item that the client has seen; none for the first page."""

    def cut(
        self, resource: str, items: Iterable[tuple[int, Any]], payload: Callable[[Any], dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Return the first items, each in its envelope with the cursor of its place."""
        return [envelope(resource, payload(item), place) for place, item in islice(items, self.limit)]


def page_request(query: QueryParams, most: int = _MOST) -> PageRequest:
    """Read `limit` and `cursor`; a limit that Render's OpenAPI document does not allow is refused with 400."""
    text = query.get("limit", str(_DEFAULT_LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= most):
        raise bad_request(f"invalid limit: must be between 1 and {most}")
    cursor = query.get("cursor")
    return PageRequest(limit=int(text), after=_place_of(cursor) if cursor else None)


def envelope(resource: str, payload: dict[str, Any], place: int) -> dict[str, Any]:
    """Return one item of a list with the cursor of its place."""
    return {resource: payload, "cursor": cursor_of(place)}


def cursor_of(place: int) -> str:
    """Return the cursor of a place in a list: 32 characters that mean nothing to a client, as Render's."""
    number = place.to_bytes(_PLACE_LENGTH, "big")
    return base64.urlsafe_b64encode(_seal(number) + number).decode()


def newest_first(items: Sequence[Any], page: PageRequest) -> Iterator[tuple[int, Any]]:
    """Yield items that are kept oldest first the other way round, from where the page begins."""
    last = len(items) if page.after is None else page.after
    for index in range(min(last, len(items)) - 1, -1, -1):
        yield index, items[index]


def _place_of(cursor: str) -> int:
    try:
        raw = base64.urlsafe_b64decode(cursor)
    except (binascii.Error, ValueError) as error:
        raise bad_request("invalid cursor") from error
    seal, number = raw[:_SEAL_LENGTH], raw[_SEAL_LENGTH:]
    if len(number) != _PLACE_LENGTH or _seal(number) != seal:
        raise bad_request("invalid cursor")
    return int.from_bytes(number, "big")


def _seal(number: bytes) -> bytes:
    # Only so that an invented cursor is told apart from a real one; a secret is not needed for that.
    return hashlib.sha256(b"cursor" + number).digest()[:_SEAL_LENGTH]
