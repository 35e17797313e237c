"""Checks of a plan: values against their types and rules, and what a plan cannot bring to life by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.value import Secret
from reconciler.planning.values import definitions_of
from reconciler.rules import check_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.state import DesiredService, Entry
    from reconciler.planning.diff import Difference

SUSPENDED = "RC013"


def check_differences(entry: Entry, differences: Sequence[Difference]) -> list[Finding]:
    """Check every value that a service or group will have: what is about to be written, and what is kept as it is."""
    found: list[Finding] = []
    for kind, definitions in definitions_of(entry):
        values = {
            item.change.address.key: item.after
            for item in differences
            if item.change.address.kind is kind and isinstance(item.after, Secret)
        }
        found += check_values(entry.owner, kind, definitions, values)
    return found


def replaced_findings(entry: Entry, differences: Sequence[Difference]) -> list[Finding]:
    """Say of values that the plan replaces what is wrong with them: why a service may be down right now."""
    found: list[Finding] = []
    for kind, definitions in definitions_of(entry):
        live = {
            item.change.address.key: item.before
            for item in differences
            if item.change.address.kind is kind and item.before is not None
        }
        replaced = {item.change.address for item in differences if item.change.action is Action.UPDATE}
        found += [
            replace(finding, severity=Severity.WARNING, message=f"replaces a wrong value: {finding.message}", fix=None)
            for finding in check_values(entry.owner, kind, definitions, live)
            if finding.address in replaced
        ]
    return found


def suspended_finding(service: DesiredService) -> Finding:
    """Return the warning that a changed service cannot be deployed because it is suspended."""
    message = f"{service.owner} is suspended on Render: its values are written and wait until it is resumed"
    return Finding(SUSPENDED, "suspended", Severity.WARNING, message, None, service.location)


def finding_order(finding: Finding) -> tuple[object, ...]:
    """Sort findings: errors first, then by address, code and sentence."""
    address = finding.address.sort_key if finding.address else ("", "", "", "", "")
    return (finding.severity is not Severity.ERROR, address, finding.code, finding.message)
