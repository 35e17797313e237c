"""Remember: ask the journal what it knows of the services that were read, and Render what became of owed deploys."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.planning.remembered import Remembered, waiting_of
from reconciler.planning.rivals import last_blueprint_deploy
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.domain.journal import OwedDeploy
    from reconciler.domain.state import LiveState
    from reconciler.planning.remembered import Waiting
    from reconciler.ports import JournalReader, LiveReader


async def remember(
    journal: JournalReader | None,
    live: LiveState,
    readers: Mapping[str, LiveReader],
    key_id: str,
    now: datetime,
) -> Remembered:
    """Return what the journal knows; one request to Render for each service that owes a deploy.

    Raises `StoreError` or `RenderError`: what is owed must not be forgotten because it could not be read.
    """
    if journal is None:
        return Remembered()
    applied = await asyncio.to_thread(journal.all_applied, key_id)
    deployed = await asyncio.to_thread(journal.deployed, key_id)
    owed = {one.target_id: one for one in await asyncio.to_thread(journal.owed_deploys)}

    concerned = [
        (readers[owner.environment], owed[service.summary.id])
        for owner, service in live.services.items()
        if service.summary.id in owed
    ]
    looks = await all_of(_look(reader, one, now) for reader, one in concerned)
    waiting = {look.target_id: look.waiting for look in looks if look.waiting is not None}
    blueprints = {look.target_id: look.blueprint_at for look in looks if look.blueprint_at is not None}
    unproven = await asyncio.to_thread(journal.unproven_deploys)
    return Remembered(applied, deployed, waiting, blueprints, unproven, len(concerned))


@dataclass(frozen=True, slots=True)
class _Look:
    """What a service's last deploys say."""

    target_id: str
    waiting: Waiting | None
    blueprint_at: datetime | None


async def _look(reader: LiveReader, owed: OwedDeploy, now: datetime) -> _Look:
    deploys = await reader.deploys(owed.target_id)
    rival = last_blueprint_deploy(deploys, now)
    return _Look(owed.target_id, waiting_of(owed, deploys), None if rival is None else rival.created_at)
