"""Reach: which services an env group's changes get to, whichever environment they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.finding import Finding, Severity
from reconciler.domain.plan import GroupReach

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.plan import Scope
    from reconciler.domain.state import DesiredGroup, DesiredState, LiveState

FURTHER = "RC014"
READ_ONLY = "RC018"
UNDECLARED = "RC019"


def reach_of(group: DesiredGroup, live: LiveState, linking: Iterable[Owner]) -> GroupReach:
    """Return whom a group reaches: every service with a live link, and those in scope that get one by the plan."""
    linked = [(link, live.entries.get(link.id, ())) for link in live.groups[group.owner].links]
    services = {owner for _, owners in linked for owner in owners} | set(linking)
    undeclared = tuple(link for link, owners in linked if not owners)
    return GroupReach(group.owner, tuple(sorted(services, key=str)), undeclared)


def reach_findings(desired: DesiredState, scope: Scope, reach: GroupReach, changed: Address) -> list[Finding]:
    """Return what is to be said of a changed group's reach; `changed` is one address of what changes.

    A group counts in every environment that a live link leads to, so a plan that changes it is about all of them.
    """
    place = desired.groups[reach.owner].location
    locked = [owner for owner in reach.services if desired.services[owner].read_only]
    further = [owner for owner in reach.services if owner.environment not in scope.environments and owner not in locked]
    found = []
    if locked:
        message = f"changes of this group reach {_names(locked)}, declared read-only"
        fix = "unlink it on Render, or give it a group of its own"
        found.append(Finding(READ_ONLY, "group-reaches-read-only", Severity.ERROR, message, changed, place, fix))
    if further:
        environments = sorted({owner.environment for owner in further})
        message = f"changes of this group reach {_names(further)} too"
        fix = f"plan with {' '.join(f'-e {name}' for name in (*scope.environments, *environments))}"
        found.append(Finding(FURTHER, "group-reaches-further", Severity.ERROR, message, changed, place, fix))
    if reach.undeclared:
        names = ", ".join(f"{link.name} ({link.id})" for link in reach.undeclared)
        message = f"changes of this group reach {names}, not in services.yaml: it takes them with its next deploy"
        if len(reach.undeclared) > 1:
            message = (
                f"changes of this group reach {names}, not in services.yaml: they take them with their next deploys"
            )
        found.append(Finding(UNDECLARED, "group-reaches-undeclared", Severity.WARNING, message, changed, place))
    return found


def reached_by(reaches: Iterable[GroupReach]) -> Mapping[Owner, tuple[Owner, ...]]:
    """Return the changed groups that reach each service."""
    found: dict[Owner, tuple[Owner, ...]] = {}
    for reach in reaches:
        for owner in reach.services:
            found[owner] = (*found.get(owner, ()), reach.owner)
    return found


def _names(owners: list[Owner]) -> str:
    return ", ".join(str(owner) for owner in owners)
