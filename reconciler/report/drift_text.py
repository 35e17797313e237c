"""Drift as text for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

from reconciler.domain.printable import printable
from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.change_text import Besides, service_blocks
from reconciler.report.inline import count
from reconciler.report.provenance import Telling

if TYPE_CHECKING:
    from reconciler.domain.provenance import Explanation
    from reconciler.workflows.drift import Drift


def drift_text(drift: Drift, width: int = 80, explanation: Explanation = UNEXPLAINED) -> str:
    """Return the drift's text, styled for a terminal; the rows say what would make Render match again."""
    blocks = service_blocks(
        drift.targets, drift.changes, drift.checks, width, Besides(Telling(explanation, drift.checked_at))
    )
    lines = [part for line in since_lines(drift) for part in textwrap.wrap(line, width)]
    return "\n\n".join([*blocks, "\n".join([*lines, style(summary_line(drift), bold=True)])])


def since_lines(drift: Drift) -> list[str]:
    """Say what was not read and what is known of it, and why other services were read without a known change."""
    since = drift.since
    if since is None:
        return []
    lines = []
    if since.left:
        known = f"run {since.run}, after which nothing differed"
        if since.run is None:
            known = f"{since.begins:%Y-%m-%d %H:%M:%S} UTC; what differed before that is not known"
        lines.append(f"{count(len(since.left), 'service')} not read: no change in Render's audit log since {known}.")
    which = "All services of a workspace" if since.left else "All services"
    return [*lines, *(f"{which} were read: {printable(gap)}." for gap in since.gaps)]


def summary_line(drift: Drift) -> str:
    """Say in one line what drifted, and of how much that is known."""
    ignored = f" {count(drift.ignored, 'difference')} ignored." if drift.ignored else ""
    services = sum(target.owner.service is not None for target in drift.targets)
    groups = len(drift.targets) - services
    checked = count(services, "service") + (f" and {count(groups, 'env group')}" if groups else "")
    left = len(drift.since.left) if drift.since else 0
    if drift.found_nothing:
        nothing = "No drift." if drift.is_clean else "No drift in what was read."
        done = f"read, {left:,} not" if left else "checked"
        return f"{nothing} {checked} {done}.{ignored}"
    owners = {change.address.owner for change in drift.changes}
    findings = f" {count(len(drift.checks), 'finding')}." if drift.checks else ""
    differences = count(len(drift.changes), "difference")
    places = f"{len(owners):,} of {checked}" if groups else f"{count(len(owners), 'service')} of {services:,}"
    read = f" read, {left:,} not" if left else ""
    return f"Drift: {differences} in {places}{read}.{findings}{ignored}"
