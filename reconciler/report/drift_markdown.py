"""Drift as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.drift_text import since_lines, summary_line
from reconciler.report.markdown import code
from reconciler.report.page import SUMMARY_LIMIT, Draft, fitted
from reconciler.report.plan_markdown import IN_FILE, change_sections, check_table

if TYPE_CHECKING:
    from reconciler.domain.provenance import Explanation
    from reconciler.workflows.drift import Drift


def drift_markdown(drift: Drift, explanation: Explanation = UNEXPLAINED, *, limit: int = SUMMARY_LIMIT) -> str:
    """Return the drift's Markdown; raises `TooLongError` where its checks alone have more bytes than `limit`."""
    since = [code(line) for line in since_lines(drift)]
    above = [f"### {summary_line(drift)}", *since, *([check_table(drift.checks)] if drift.checks else [])]
    sections = change_sections(drift.targets, drift.changes, explanation)
    return fitted([Draft(above, sections, [])], limit, IN_FILE).text
