"""The estimate: how many requests an apply will send and how long Render's limits will make it wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.plan import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.change import ResourceChange
    from reconciler.domain.plan import PlannedDeploy

ROUND_TRIP_SECONDS = 0.12
"""Between the 60 and 180 ms that recorded traffic with the real API shows."""

WINDOW_SECONDS = 60
READS_PER_WINDOW = 400
WRITES_PER_WINDOW = 100
DEPLOYS_PER_WINDOW = 10
"""Render's documented limits; the client obeys the headers, this only says how long it will take."""


def estimate(reads: Mapping[str, int], changes: Sequence[ResourceChange], deploys: Sequence[PlannedDeploy]) -> Estimate:
    """Estimate an apply: the plan's own reads once more, a read and a write a change, a read and a deploy a service.

    Watching a deploy takes as long as the deploy, which nobody knows beforehand; it is not in the seconds.
    """
    writes = sum(change.action is not Action.NO_OP for change in changes)
    services = len(
        {change.address.owner for change in changes if change.action is not Action.NO_OP}
        | {deploy.owner for deploy in deploys}
    )
    if not services:
        return Estimate(dict(sorted(reads.items())))
    again = sum(reads.values()) + writes + services
    waits = (
        (again - 1) // READS_PER_WINDOW,
        max(writes - 1, 0) // WRITES_PER_WINDOW,
        max(len(deploys) - 1, 0) // DEPLOYS_PER_WINDOW,
    )
    seconds = (again + writes + len(deploys)) * ROUND_TRIP_SECONDS + max(waits) * WINDOW_SECONDS
    return Estimate(dict(sorted(reads.items())), writes, len(deploys), max(1, round(seconds)))
