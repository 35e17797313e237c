"""Findings one to a line, with where the file says what they are about: as compilers tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import style

from reconciler.domain.finding import Severity
from reconciler.report.inline import inline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.domain.finding import Finding


def findings_text(findings: Iterable[Finding]) -> str:
    """Return a line for each finding; what holds for several services or environments is told once, with a count."""
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((str(finding.location), finding.code, finding.message), []).append(finding)
    return "\n".join(_line(same[0], len(same) - 1) for same in alike.values())


def _line(finding: Finding, more: int) -> str:
    where = "" if finding.location is None else f"{finding.location}: "
    address = "" if finding.address is None else f"{finding.address}{f' and {more} more' if more else ''}: "
    fix = f"; {finding.fix}" if finding.fix else ""
    kind = style(finding.severity.value, fg="bright_red" if finding.severity is Severity.ERROR else "yellow")
    return f"{inline(where)}{kind} {finding.code} {finding.name}: {inline(address + finding.message + fix)}"
