"""Remember: ask the journal what it knows of the services that were read, and Render what became of owed deploys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.planning.remembered import Remembered, Waiting, waiting_of
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.journal import OwedDeploy
    from reconciler.domain.state import LiveState
    from reconciler.ports import JournalReader, LiveReader


async def remember(
    journal: JournalReader | None, live: LiveState, readers: Mapping[str, LiveReader], key_id: str
) -> Remembered:
    """Return what the journal knows; one request to Render for each service that owes a deploy.

    Raises `StoreError` or `RenderError`: what is owed must not be forgotten because it could not be read.
    """
    if journal is None:
        return Remembered()
    applied = await asyncio.to_thread(journal.all_applied, key_id)
    owed = {one.target_id: one for one in await asyncio.to_thread(journal.owed_deploys)}

    async def look(reader: LiveReader, one: OwedDeploy) -> Waiting | None:
        return waiting_of(one, await reader.deploys(one.target_id))

    concerned = [
        (readers[owner.environment], owed[service.summary.id])
        for owner, service in live.services.items()
        if service.summary.id in owed
    ]
    looks = await all_of(look(reader, one) for reader, one in concerned)
    waiting = {one.owed.target_id: one for one in looks if one is not None}
    return Remembered(applied, waiting, len(concerned))
