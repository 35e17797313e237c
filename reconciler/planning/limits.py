"""Limits: what a plan may not do unless a person named it when the plan was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.state import DesiredService
from reconciler.planning.values import declared
from reconciler.planning.wanted import live_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.plan import Permissions
    from reconciler.domain.state import Entry, LiveGroup, LiveService
    from reconciler.planning.diff import Difference

DELETES_ALWAYS_ALLOWED = 5
SHARE_ALWAYS_ALLOWED = 0.30

TOO_MANY_DELETES = "RC010"
ROTATION = "RC011"
READ_ONLY = "RC012"


def exceeds_delete_limit(deletes: int, present: int) -> bool:
    """Whether so many deletions are more than anybody means by accident: over 5 and over 30 % of what is there."""
    return deletes > DELETES_ALWAYS_ALLOWED and deletes > SHARE_ALWAYS_ALLOWED * present


def limit_findings(
    entry: Entry,
    live: LiveService | LiveGroup,
    differences: Sequence[Difference],
    permissions: Permissions,
    total_deletes: int,
) -> list[Finding]:
    """Return what a plan does to one service or group beyond its permissions; `total_deletes` counts the whole plan."""
    pending = [difference for difference in differences if difference.change.action is not Action.NO_OP]
    findings = _rotations(entry, pending, permissions)
    if total_deletes > (permissions.allow_deletes or 0):
        findings += _deletes(entry, live, pending, total_deletes)
    if isinstance(entry, DesiredService) and entry.read_only and pending:
        message = (
            f"{len(pending)} pending {'write' if len(pending) == 1 else 'writes'} to a read-only service; "
            f"apply refuses the whole plan: leave the service out with -s"
        )
        findings.append(
            Finding(READ_ONLY, "read-only", Severity.WARNING, message, pending[0].change.address, entry.location)
        )
    return findings


def _rotations(entry: Entry, pending: Sequence[Difference], permissions: Permissions) -> list[Finding]:
    found = []
    definitions = {item.address: item.definition for item in declared(entry)}
    for difference in pending:
        address = difference.change.address
        definition = definitions.get(address)
        if (
            definition is not None
            and definition.rotation_destructive
            and difference.before is not None
            and str(address) not in permissions.allow_rotation
        ):
            message = "would change a value whose rotation is destructive: what it encrypted could not be read again"
            fix = f"if that is meant, plan with --allow-rotation {address}"
            found.append(
                Finding(ROTATION, "destructive-rotation", Severity.ERROR, message, address, definition.location, fix)
            )
    return found


def _deletes(
    entry: Entry, live: LiveService | LiveGroup, pending: Sequence[Difference], total_deletes: int
) -> list[Finding]:
    deletes = [difference for difference in pending if difference.change.action is Action.DELETE]
    present = len(live_values(entry.owner, live))
    if not exceeds_delete_limit(len(deletes), present):
        return []
    message = f"would delete {len(deletes)} of the {present} that {entry.owner} has"
    fix = f"if that is meant, plan with --allow-deletes {total_deletes}"
    address = deletes[0].change.address
    return [Finding(TOO_MANY_DELETES, "too-many-deletes", Severity.ERROR, message, address, entry.location, fix)]
