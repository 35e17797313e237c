"""Answering many references: one by one, or by the places that many of them share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from reconciler.secrets.store import UnresolvedError
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer

Place = TypeVar("Place", bound="Hashable")
Content = TypeVar("Content")

AT_ONCE = 8
"""Calls of one store that are under way together: quick for a hundred paths, and no burst to a store's rate limit."""


def one_by_one(references: Iterable[SecretRef], fetch: Callable[[SecretRef], Secret]) -> dict[SecretRef, Answer]:
    """Answer each reference by itself, from what is at hand without waiting."""
    return {reference: _answer(fetch, reference) for reference in references}


async def by_place(
    references: Sequence[SecretRef],
    place: Callable[[SecretRef], Place],
    read: Callable[[Place], Awaitable[Content]],
    pick: Callable[[Content, SecretRef], Secret],
    *,
    at_once: int = AT_ONCE,
) -> dict[SecretRef, Answer]:
    """Read each distinct place once, some at a time, and pick from it the values of all references to it.

    What `place` raises is the answer to its reference, what `read` raises to all the references to that place.
    """

    async def alone(places: Sequence[Place]) -> Mapping[Place, Content | UnresolvedError]:
        return {where: await read(where) for where in places}

    return await by_batch(references, place, alone, pick, size=1, at_once=at_once)


async def by_batch(  # noqa: PLR0913 — four steps and two bounds
    references: Sequence[SecretRef],
    place: Callable[[SecretRef], Place],
    read: Callable[[Sequence[Place]], Awaitable[Mapping[Place, Content | UnresolvedError]]],
    pick: Callable[[Content, SecretRef], Secret],
    *,
    size: int,
    together: Callable[[Place], Hashable] = lambda _place: None,
    at_once: int = AT_ONCE,
) -> dict[SecretRef, Answer]:
    """Read distinct places, as many in one call as `size` says, and pick from each the values of all references to it.

    Only places of which `together` says the same share a call. `read` answers for each place that it is given; what it
    raises is the answer for all of them, and what `place` raises that to its reference.
    """
    places: dict[Place, list[SecretRef]] = {}
    answers: dict[SecretRef, Answer] = {}
    for reference in references:
        try:
            places.setdefault(place(reference), []).append(reference)
        except UnresolvedError as error:
            answers[reference] = error
    gate = asyncio.Semaphore(at_once)

    async def one(batch: Sequence[Place]) -> Mapping[Place, Content | UnresolvedError]:
        try:
            async with gate:
                return await read(batch)
        except UnresolvedError as error:
            return dict.fromkeys(batch, error)

    for contents in await all_of(one(batch) for batch in _batches(places, size, together)):
        for where, content in contents.items():
            for reference in places[where]:
                answers[reference] = _picked(content, pick, reference)
    return answers


def _batches(places: Iterable[Place], size: int, together: Callable[[Place], Hashable]) -> Iterator[Sequence[Place]]:
    groups: dict[Hashable, list[Place]] = {}
    for where in places:
        groups.setdefault(together(where), []).append(where)
    for group in groups.values():
        yield from (group[start : start + size] for start in range(0, len(group), size))


def _picked(
    content: Content | UnresolvedError, pick: Callable[[Content, SecretRef], Secret], reference: SecretRef
) -> Answer:
    if isinstance(content, UnresolvedError):
        return content
    return _answer(lambda each: pick(content, each), reference)


def _answer(fetch: Callable[[SecretRef], Secret], reference: SecretRef) -> Answer:
    try:
        return fetch(reference)
    except UnresolvedError as error:
        return error
