"""Explain: where differences come from, by the journal and by Render's audit log, where these can be read.

It is asked only where something differs that somebody may have changed on Render, and nothing that goes wrong here
keeps anybody from their plan: what cannot be read is not said.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.provenance import Explanation
from reconciler.errors import RenderError, StoreError
from reconciler.planning.provenance import (
    last_blueprint,
    last_change,
    may_come_from_render,
    origin_of,
    provenances_of,
)
from reconciler.planning.rivals import RECENTLY, rival_finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.audit import AuditTrail, VariableEvent
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.journal import Applied
    from reconciler.domain.provenance import Provenance
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import ServiceSteps
    from reconciler.ports import JournalReader, LiveReader

EXTERNAL_MISSING = "RC002"

PATIENCE_SECONDS = 20.0
"""How long a workspace's audit log may take to be read; a plan that waits longer for it helps nobody."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What a plan or a drift report says, as far as it may have to be explained."""

    services: Sequence[ServiceSteps]
    changes: Sequence[ResourceChange]
    checks: Sequence[Finding]


async def explain(
    differences: Differences,
    readers: Mapping[str, LiveReader],
    key: FingerprintKey,
    journal: JournalReader | None,
    now: datetime,
) -> Explanation:
    """Return what is known of where differences come from; never raises for what Render or the journal do."""
    applied = _applied(journal, key) if differences.changes else {}
    origins = {change.address: origin_of(change, applied.get(change.address), key) for change in differences.changes}
    suspect = {
        change.address for change in differences.changes if may_come_from_render(change, origins[change.address])
    } | {check.address for check in differences.checks if check.code == EXTERNAL_MISSING and check.address}
    drifted = {address.owner for address in suspect}
    services = {service.owner: service for service in differences.services if service.owner in drifted}
    trails = await _trails(list(services.values()), readers, now)
    provenances = provenances_of(differences.changes, origins, applied, trails)
    unnamed = {address.owner for address in suspect if not _names_somebody(provenances.get(address))}
    last_changes: dict[Owner, VariableEvent] = {}
    findings: list[Finding] = []
    for owner, service in services.items():
        trail = trails.get(service.target.id)
        if owner in unnamed and (event := last_change(service.target.id, trail)) is not None:
            last_changes[owner] = event
        if (applying := last_blueprint(service.target.id, trail)) is not None:
            findings.append(rival_finding(service.desired, applying.at))
    return Explanation(provenances, last_changes, tuple(findings))


def _names_somebody(provenance: Provenance | None) -> bool:
    return provenance is not None and provenance.event is not None


def _applied(journal: JournalReader | None, key: FingerprintKey) -> Mapping[Address, Applied]:
    if journal is None:
        return {}
    try:
        return journal.all_applied(key.key_id)
    except StoreError:
        return {}


async def _trails(
    services: Sequence[ServiceSteps], readers: Mapping[str, LiveReader], now: datetime
) -> dict[str, AuditTrail]:
    """Read the audit log of each workspace once; return it by the ids of the services that are in it."""
    places = {
        (id(readers[service.owner.environment]), service.target.workspace_id): readers[service.owner.environment]
        for service in services
    }
    found = await asyncio.gather(*(_trail(reader, workspace, now) for (_, workspace), reader in places.items()))
    by_place = dict(zip(places, found, strict=True))
    trails = {
        service.target.id: by_place[id(readers[service.owner.environment]), service.target.workspace_id]
        for service in services
    }
    return {service_id: trail for service_id, trail in trails.items() if trail is not None}


async def _trail(reader: LiveReader, workspace_id: str, now: datetime) -> AuditTrail | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.audit_trail(workspace_id, since=now - RECENTLY)
    except (RenderError, TimeoutError):
        return None
