"""Checks of a rollback: what somebody changed since, what has to stay, and what rules say of values that come back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.finding import Finding, Severity
from reconciler.domain.plan import PlanKind
from reconciler.errors import RollbackError
from reconciler.planning.checks import finding_order
from reconciler.planning.digest import plan_digest
from reconciler.planning.rollback import location_of
from reconciler.planning.wanted import live_values
from reconciler.rules import ALLOW_UNUSED, RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.journal import Applied
    from reconciler.domain.state import DesiredState, LiveState
    from reconciler.domain.value import Fingerprint, Secret
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.rollback import Rollback
    from reconciler.planning.steps import Prepared

CHANGED_SINCE = "RC020"
LEFT = "RC021"


def rollback_findings(
    rollback: Rollback, desired: DesiredState, live: LiveState, applied: Mapping[Address, Applied], key: FingerprintKey
) -> list[Finding]:
    """Return what keeps an address from being rolled back: somebody changed it since, or it has to stay.

    `desired` is today's, `applied` what the journal last set where. Raises `RollbackError` where an owner is another
    service on Render today than it was for the run.
    """
    found = []
    moved = set()
    for undoing in rollback.undoings:
        address = undoing.address
        target_id, value = _live(address, live)
        now = None if value is None else key.fingerprint(value)
        location = location_of(address, desired)
        if target_id != undoing.target_id:
            moved.add(f"{address.owner} was {undoing.target_id} in run {rollback.run_id} and is {target_id} now")
        elif address in rollback.left:
            message = f"left as it is: {rollback.left[address]}"
            found.append(Finding(LEFT, "not-rolled-back", Severity.WARNING, message, address, location))
        elif now not in {undoing.before, *undoing.left}:
            message = f"changed since run {rollback.run_id}, {_by_whom(applied.get(address), now, rollback.run_id)}"
            fix = "nothing of a later change is overwritten: find out which value is right, and set it in services.yaml"
            found.append(Finding(CHANGED_SINCE, "changed-since", Severity.ERROR, message, address, location, fix))
    if moved:
        raise RollbackError(
            "\n".join(sorted(moved)), remedy="values are brought back only where they were: put services.yaml right"
        )
    return found


def as_rollback(prepared: Prepared, run_id: int, findings: Sequence[Finding]) -> Prepared:
    """Make a plan one of kind `rollback`, with the findings that are its own.

    What rules and types say of values that were live before is a warning. What the run did not touch is not part of
    the plan, so none of it is undeclared.
    """
    # A rollback is about few of the file's definitions, so it cannot tell which permissions are good for nothing.
    checks = [_softened(check) for check in prepared.plan.checks if check.code != ALLOW_UNUSED] + [*findings]
    plan = replace(
        prepared.plan,
        kind=PlanKind.ROLLBACK,
        run=run_id,
        checks=tuple(sorted(checks, key=finding_order)),
        undeclared=(),
    )
    return replace(prepared, plan=replace(plan, digest=plan_digest(plan)))


def _softened(check: Finding) -> Finding:
    return replace(check, severity=Severity.WARNING) if check.code in RULES else check


def _live(address: Address, live: LiveState) -> tuple[str, Secret | None]:
    """Return what an address's owner is on Render, and what stands at the address now."""
    owner = address.owner
    entry = live.groups[owner] if owner.group else live.services[owner]
    return entry.summary.id, live_values(owner, entry).get(address)


def _by_whom(applied: Applied | None, now: Fingerprint | None, run_id: int) -> str:
    if applied is None or applied.run_id <= run_id:
        return "by somebody else than reconcile as far as its journal knows"
    if applied.fingerprint == now:
        return f"by run {applied.run_id}"
    return f"by run {applied.run_id}, and by somebody else after that"
