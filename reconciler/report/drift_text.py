"""Drift as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import style

from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.change_text import service_blocks
from reconciler.report.inline import count
from reconciler.report.provenance import Telling

if TYPE_CHECKING:
    from reconciler.domain.provenance import Explanation
    from reconciler.workflows.drift import Drift


def drift_text(drift: Drift, width: int = 80, explanation: Explanation = UNEXPLAINED) -> str:
    """Return the drift's text, styled for a terminal; the rows say what would make Render match again."""
    blocks = service_blocks(
        drift.targets, drift.changes, drift.checks, width, telling=Telling(explanation, drift.checked_at)
    )
    return "\n\n".join([*blocks, style(summary_line(drift), bold=True)])


def summary_line(drift: Drift) -> str:
    """Say in one line what drifted."""
    ignored = f" {count(drift.ignored, 'difference')} ignored." if drift.ignored else ""
    if drift.is_clean:
        return f"No drift. {count(len(drift.targets), 'service')} checked.{ignored}"
    owners = {change.address.owner for change in drift.changes}
    findings = f" {count(len(drift.checks), 'finding')}." if drift.checks else ""
    differences = count(len(drift.changes), "difference")
    return f"Drift: {differences} in {count(len(owners), 'service')} of {len(drift.targets)}.{findings}{ignored}"
