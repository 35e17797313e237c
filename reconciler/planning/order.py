"""Order: which write waits for which, and whether any of the waiting could go round in a circle."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from reconciler.domain.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.domain.address import Address, Owner
    from reconciler.planning.diff import Difference
    from reconciler.planning.steps import EntrySteps

CIRCLE = "RC006"

Moment = tuple[str, str]
"""One moment of an apply: the start or end of an owner's work, or the end of one write."""


def waits(pending: Sequence[Difference]) -> dict[Address, Address]:
    """Return the write that each write waits for: the nearest that its value comes from, among all pending ones."""
    written = {item.change.address for item in pending}
    found: dict[Address, Address] = {}
    for item in pending:
        nearest = next((address for address in item.taken_from if address in written), None)
        if nearest is not None:
            found[item.change.address] = nearest
    return found


def depth(address: Address, waiting: Mapping[Address, Address]) -> int:
    """Return how many writes come before one, each waiting for the next.

    Sorted by this, no write of an owner stands before one that it waits for, through however many other owners: each
    write waits for one of a lesser depth, and before it in its own row are only such of its own depth or less.
    """
    steps = 0
    while address in waiting:
        address, steps = waiting[address], steps + 1
    return steps


def circle_findings(entries: Iterable[EntrySteps]) -> list[Finding]:
    """Return the error for a plan whose parts would wait for each other for ever: only `deploy.after` can do that."""
    busy = {entry.owner: entry for entry in entries if entry.steps or entry.deploy}
    graph: TopologicalSorter[Moment] = TopologicalSorter()
    for owner, entry in busy.items():
        graph.add(_start(owner), *(_end(other) for other in entry.after if other in busy))
        last = _start(owner)
        for step in entry.steps:
            graph.add(_written(step.address), last)
            if step.waits_for is not None:
                graph.add(_written(step.address), _written(step.waits_for))
            last = _written(step.address)
        graph.add(_end(owner), last, *(_end(other) for other in entry.reached_by if other in busy))
    try:
        graph.prepare()
    except CycleError as error:
        circle: list[Moment] = error.args[1]
        return [_finding(circle, busy)]
    return []


def _start(owner: Owner) -> Moment:
    return ("start", str(owner))


def _end(owner: Owner) -> Moment:
    return ("end", str(owner))


def _written(address: Address) -> Moment:
    return ("written", str(address))


def _finding(circle: Sequence[Moment], busy: Mapping[Owner, EntrySteps]) -> Finding:
    # Each moment comes before the next in graphlib's list; the other way round it reads as who waits for whom.
    names = dict.fromkeys(name for _, name in reversed(circle))
    message = f"these would wait for each other for ever: {', '.join(names)}"
    place = next((entry.desired.location for owner, entry in busy.items() if str(owner) in names), None)
    fix = "remove a `deploy.after`, or a `from: {service, variable}`, or apply in two steps with -s"
    return Finding(CIRCLE, "waits-in-circle", Severity.ERROR, message, None, place, fix)
