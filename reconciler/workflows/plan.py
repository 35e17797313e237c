"""Plan: compare what is desired with what is live; everything that can be known before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.domain.plan import Permissions
from reconciler.planning.build import build
from reconciler.workflows.read import read
from reconciler.workflows.remember import remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.plan import Scope
    from reconciler.domain.state import DesiredState
    from reconciler.planning.build import Origin
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import Prepared
    from reconciler.ports import JournalReader, LiveReader, Progress, SecretResolver
    from reconciler.workflows.since import Lookback


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What to plan, and what the plan may do beyond the ordinary."""

    desired: DesiredState
    scope: Scope
    origin: Origin
    permissions: Permissions = field(default_factory=Permissions)
    lookback: Lookback | None = None
    """What finds services that need not be read; only for who looks, since an apply has to know everything."""


async def make_plan(
    request: PlanRequest,
    readers: Mapping[str, LiveReader],
    resolver: SecretResolver,
    key: FingerprintKey,
    progress: Progress,
    journal: JournalReader | None = None,
) -> Prepared:
    """Make a plan; it takes readers, so it cannot write. Without a journal nothing is known of earlier applies.

    With a lookback it is about those services only that may have changed: something to look at, not to apply.
    """
    live, values = await read(request.desired, request.scope, readers, resolver, progress, request.lookback)
    remembered = await remember(journal, live, readers, key.key_id, request.origin.created_at)
    if remembered.asked:
        live = replace(live, reads={**live.reads, "deploys": remembered.asked})
    return build(
        request.desired,
        live,
        values,
        remembered,
        scope=request.scope,
        permissions=request.permissions,
        key=key,
        origin=request.origin,
    )
