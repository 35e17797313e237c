"""Answering many references: one by one, or by the places that many of them share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from reconciler.secrets.store import UnresolvedError
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence

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
    places: dict[Place, list[SecretRef]] = {}
    answers: dict[SecretRef, Answer] = {}
    for reference in references:
        try:
            places.setdefault(place(reference), []).append(reference)
        except UnresolvedError as error:
            answers[reference] = error
    gate = asyncio.Semaphore(at_once)

    async def one(where: Place, there: Sequence[SecretRef]) -> dict[SecretRef, Answer]:
        try:
            async with gate:
                content = await read(where)
        except UnresolvedError as error:
            return dict.fromkeys(there, error)
        return {reference: _answer(lambda each: pick(content, each), reference) for reference in there}

    for found in await all_of(one(where, there) for where, there in places.items()):
        answers |= found
    return answers


def _answer(fetch: Callable[[SecretRef], Secret], reference: SecretRef) -> Answer:
    try:
        return fetch(reference)
    except UnresolvedError as error:
        return error
