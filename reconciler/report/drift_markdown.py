"""Drift as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.drift_text import since_lines, summary_line
from reconciler.report.markdown import prose
from reconciler.report.plan_markdown import change_sections, check_table

if TYPE_CHECKING:
    from reconciler.domain.provenance import Explanation
    from reconciler.workflows.drift import Drift


def drift_markdown(drift: Drift, explanation: Explanation = UNEXPLAINED) -> str:
    """Return the drift's Markdown."""
    tables = [check_table(drift.checks)] if drift.checks else []
    since = [prose(line) for line in since_lines(drift)]
    return "\n\n".join(
        [f"### {summary_line(drift)}", *since, *tables, *change_sections(drift.targets, drift.changes, explanation)]
    )
