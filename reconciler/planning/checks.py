"""Checks of a plan: values against their types and rules, and what a plan cannot bring to life by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.value import Secret
from reconciler.rules import Known, findings_of, scene_of, value_findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.state import DesiredService, DesiredState, LiveState
    from reconciler.planning.diff import Difference

SUSPENDED = "RC013"


def check_differences(
    desired: DesiredState,
    live: LiveState,
    values: Mapping[Address, Secret],
    differences: Mapping[Owner, Sequence[Difference]],
    moment: datetime,
) -> list[Finding]:
    """Check every value that the plan's services and groups will have: what is about to be written, and what is kept.

    Of services that were left unread, those in `values` are checked that services.yaml says or refers to: time passes
    for them as well, and they may disagree with what was read. `moment` is when the plan is made; what is expired then
    is told.
    """
    unread = {address: value for address, value in values.items() if address.owner in live.left} if live.left else {}
    after = {
        item.change.address: item.after
        for items in differences.values()
        for item in items
        if isinstance(item.after, Secret)
    }
    return findings_of(scene_of(desired, Known({**unread, **after}, live, moment), {*differences, *live.left}))


def replaced_findings(
    desired: DesiredState, differences: Mapping[Owner, Sequence[Difference]], moment: datetime
) -> list[Finding]:
    """Say of values that the plan replaces what is wrong with them: why a service may be down right now."""
    replacing = {
        owner: items
        for owner, items in differences.items()
        if any(item.change.action is Action.UPDATE for item in items)
    }
    if not replacing:
        return []
    every = [item for items in replacing.values() for item in items]
    before = {item.change.address: item.before for item in every if item.before is not None}
    replaced = {item.change.address for item in every if item.change.action is Action.UPDATE}
    scene = scene_of(desired, Known(before, moment=moment), replacing)
    return [
        replace(finding, severity=Severity.WARNING, message=f"replaces a wrong value: {finding.message}", fix=None)
        for place in scene.places
        for finding in value_findings(place)
        if finding.address in replaced
    ]


def suspended_finding(service: DesiredService) -> Finding:
    """Return the warning that a changed service cannot be deployed because it is suspended."""
    message = f"{service.owner} is suspended on Render: its values are written and wait until it is resumed"
    return Finding(SUSPENDED, "suspended", Severity.WARNING, message, None, service.location)


def finding_order(finding: Finding) -> tuple[object, ...]:
    """Sort findings: errors first, then by address, code and sentence."""
    address = finding.address.sort_key if finding.address else ("", "", "", "", "")
    return (finding.severity is not Severity.ERROR, address, finding.code, finding.message)
