"""Checks of a plan: values against their types and rules, and what this version cannot carry out yet says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.change import Action
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.value import Secret
from reconciler.rules import check_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.state import DesiredGroup, DesiredService
    from reconciler.planning.diff import Difference

NOT_AVAILABLE = "RC000"
SUSPENDED = "RC013"


def check_differences(service: DesiredService, differences: Sequence[Difference]) -> list[Finding]:
    """Check every value that a service will have: what is about to be written, and what is kept as it is."""
    found: list[Finding] = []
    for kind, definitions in ((Kind.ENV_VAR, service.variables), (Kind.SECRET_FILE, service.secret_files)):
        values = {
            item.change.address.key: item.after
            for item in differences
            if item.change.address.kind is kind and isinstance(item.after, Secret)
        }
        found += check_values(service.owner, kind, definitions, values)
    return found


def replaced_findings(service: DesiredService, differences: Sequence[Difference]) -> list[Finding]:
    """Say of values that the plan replaces what is wrong with them: why the service may be down right now."""
    found: list[Finding] = []
    for kind, definitions in ((Kind.ENV_VAR, service.variables), (Kind.SECRET_FILE, service.secret_files)):
        live = {
            item.change.address.key: item.before
            for item in differences
            if item.change.address.kind is kind and item.before is not None
        }
        replaced = {item.change.address for item in differences if item.change.action is Action.UPDATE}
        found += [
            replace(finding, severity=Severity.WARNING, message=f"replaces a wrong value: {finding.message}", fix=None)
            for finding in check_values(service.owner, kind, definitions, live)
            if finding.address in replaced
        ]
    return found


def not_available_findings(service: DesiredService) -> list[Finding]:
    """Return errors for links to env groups, which this version reads but cannot carry out."""
    if not service.env_groups:
        return []
    return [_not_available(f"{service.owner}: links to env groups", service)]


def group_finding(group: DesiredGroup) -> Finding:
    """Return the error for an env group, which this version reads but cannot carry out."""
    return _not_available(f"{group.owner}: variables of env groups", group)


def suspended_finding(service: DesiredService) -> Finding:
    """Return the warning that a changed service cannot be deployed because it is suspended."""
    message = f"{service.owner} is suspended on Render: its values are written and wait until it is resumed"
    return Finding(SUSPENDED, "suspended", Severity.WARNING, message, None, service.location)


def finding_order(finding: Finding) -> tuple[object, ...]:
    """Sort findings: errors first, then by address, code and sentence."""
    address = finding.address.sort_key if finding.address else ("", "", "", "", "")
    return (finding.severity is not Severity.ERROR, address, finding.code, finding.message)


def _not_available(what: str, place: DesiredService | DesiredGroup) -> Finding:
    message = f"{what} are not available in this version of reconcile"
    return Finding(NOT_AVAILABLE, "not-available", Severity.ERROR, message, None, place.location)
