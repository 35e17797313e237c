"""The estimate: which requests planning took, what an apply writes, and how long its calls to Render will take.

An apply rebuilds the plan, reads each changed key and writes it, reads what it wrote once more, and asks for a deploy
between two looks at the deploys that are there. Nobody knows how long a deploy takes, so watching it is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Kind
from reconciler.domain.plan import Estimate
from reconciler.planning.steps import GroupSteps, ServiceSteps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.state import LiveState
    from reconciler.planning.steps import EntrySteps

ROUND_TRIP_SECONDS = 0.12
"""Between the 60 and 180 ms that recorded traffic with the real API shows."""
NOTING_SECONDS = 0.01
"""What the journal adds to a write: a word on the disk before it and one after it."""
PARALLELISM = 16
"""Requests under way at once, unless `--parallelism` says otherwise."""
PAGE = 100
"""Items of one page; a page that is not full is the last one."""

WINDOW_SECONDS = 61
"""Render's minute, and what the whole seconds cost in which its end is told."""
READS_PER_WINDOW = 400
WRITES_PER_WINDOW = 100
DEPLOYS_PER_WINDOW = 10
"""Render's documented limits; the client obeys the headers, this only says how long it will take."""


@dataclass(frozen=True, slots=True)
class _Calls:
    """What one service or group takes, each request after the one before it."""

    reads: int
    writes: int
    deploys: int

    @property
    def all(self) -> int:
        return self.reads + self.writes + self.deploys


def estimate(live: LiveState, entries: Sequence[EntrySteps]) -> Estimate:
    """Return what planning read, and what carrying out the entries would take, the reading of today included."""
    reads = dict(sorted(live.reads.items()))
    calls = [_calls(entry, live) for entry in entries if entry.steps or entry.deploy]
    if not calls:
        return Estimate(reads)
    writes, deploys = sum(one.writes for one in calls), sum(one.deploys for one in calls)
    return Estimate(reads, writes, deploys, max(1, round(_seconds(reads, calls))))


def _calls(entry: EntrySteps, live: LiveState) -> _Calls:
    writes = len(entry.steps)
    match entry:
        case GroupSteps():
            return _Calls(writes + 1, writes, 0)
        case ServiceSteps():
            kinds = [address.kind for address in (*entry.settled, *(step.address for step in entry.steps))]
            held = live.services[entry.owner]
            again = len(held.variables) // PAGE + 1 + kinds.count(Kind.ENV_GROUP_LINK)
            again += len(held.secret_files or ()) // PAGE + 1 if Kind.SECRET_FILE in kinds else 0
            # The deploys that are there before the request, and those that came beside it; without one, the newest.
            looks = 1 if entry.deploy is None else 2
            return _Calls(writes + again + looks, writes, int(entry.deploy is not None))
        case _:
            assert_never(entry)


def _seconds(reads: Mapping[str, int], calls: Sequence[_Calls]) -> float:
    """Return how long it takes: as the longest chain does, or all of it side by side, or as the limits allow."""
    planning, applying = sum(reads.values()), sum(one.all for one in calls)
    # One kind of list is asked for after another, and each page after the one before it.
    rebuilding = max(planning / PARALLELISM, len(reads) + reads.get("services", 1) - 1)
    longest = max(one.all for one in calls)
    counts = (
        (planning + sum(one.reads for one in calls), READS_PER_WINDOW),
        (sum(one.writes for one in calls), WRITES_PER_WINDOW),
        (sum(one.deploys for one in calls), DEPLOYS_PER_WINDOW),
    )
    # The first request of each kind finds out what is left, and all that go beside it wait for its answer.
    alone = sum(count > 0 for count, _ in counts) if len(calls) > 1 else 0
    busy = (rebuilding + alone + max(longest, applying / PARALLELISM)) * ROUND_TRIP_SECONDS
    busy += max(one.writes for one in calls) * NOTING_SECONDS
    # What is left for the last window takes its part of the work.
    limited = [
        ((count - 1) // limit * WINDOW_SECONDS, ((count - 1) % limit + 1) / count) for count, limit in counts if count
    ]
    waiting, rest = max(limited)
    return max(busy, waiting + (max(rest * applying / PARALLELISM, longest) * ROUND_TRIP_SECONDS if waiting else 0))
