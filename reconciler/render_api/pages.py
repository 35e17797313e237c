"""Reading a list to its last page, or not at all: a page that is not what it should be never reads as "absent"."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import TypeAdapter

    from reconciler.render_api.connection import RenderConnection
    from reconciler.render_api.endpoints import Endpoint
    from reconciler.render_api.payload import Item

PAGE = 100
"""Items to ask for: Render's maximum. A shorter page is the last one; Render's own CLI takes it so."""
PAGE_LIMIT = 1_000
"""Pages of one list; no workspace holds so much, so a server that sends more of them never ends."""

T = TypeVar("T", bound="Item")


async def read_pages(
    connection: RenderConnection,
    endpoint: Endpoint,
    names: Sequence[str],
    shape: TypeAdapter[list[T]],
    query: Sequence[tuple[str, str]] = (),
    *,
    on_page: Callable[[Sequence[T]], None] | None = None,
) -> list[T]:
    """Return all items of a list, in its order; `on_page` gets those of each page before the next is asked for."""
    found: list[T] = []
    cursors: set[str] = set()
    cursor: str | None = None
    while True:
        paging = [("limit", str(PAGE)), *([("cursor", cursor)] if cursor else [])]
        answer = await connection.read(endpoint, *names, query=[*query, *paging])
        items = answer.read_as(shape)
        for item in items:
            connection.seen.add(names[0] if names else "", item.held())
        found += items
        if on_page is not None:
            on_page(items)
        if len(items) < PAGE:
            return found
        cursor = items[-1].cursor
        if len(items) > PAGE:
            raise answer.malformed(f"a page has {len(items)} items, of {PAGE} that were asked for")
        if not cursor:
            raise answer.malformed("a full page ends without a cursor")
        if cursor in cursors:
            raise answer.malformed("its pages repeat themselves")
        if len(cursors) == PAGE_LIMIT:
            raise answer.malformed(f"it does not end after {PAGE_LIMIT} pages")
        cursors.add(cursor)
