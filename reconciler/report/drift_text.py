"""Drift as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import style

from reconciler.domain.printable import printable
from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.change_text import Besides, service_blocks
from reconciler.report.inline import count
from reconciler.report.provenance import Telling

if TYPE_CHECKING:
    from reconciler.domain.provenance import Explanation
    from reconciler.workflows.drift import Drift, Since


def drift_text(drift: Drift, width: int = 80, explanation: Explanation = UNEXPLAINED) -> str:
    """Return the drift's text, styled for a terminal; the rows say what would make Render match again."""
    blocks = service_blocks(
        drift.targets, drift.changes, drift.checks, width, Besides(Telling(explanation, drift.checked_at))
    )
    return "\n\n".join([*blocks, "\n".join([*gap_lines(drift), style(summary_line(drift), bold=True)])])


def gap_lines(drift: Drift) -> list[str]:
    """Say why services were read although no change of them is known."""
    if drift.since is None or not drift.since.gaps:
        return []
    which = "All services of a workspace" if drift.since.left else "All services"
    return [f"{which} were read: {printable(gap)}." for gap in drift.since.gaps]


def summary_line(drift: Drift) -> str:
    """Say in one line what drifted, and what was not read."""
    ignored = f" {count(drift.ignored, 'difference')} ignored." if drift.ignored else ""
    services = sum(target.owner.service is not None for target in drift.targets)
    groups = len(drift.targets) - services
    checked = count(services, "service") + (f" and {count(groups, 'env group')}" if groups else "")
    unread = _unread(drift)
    if drift.found_nothing:
        nothing = "No drift." if drift.is_clean else "No drift in what was read."
        return f"{nothing} {checked} {'read' if unread else 'checked'}.{unread}{ignored}"
    owners = {change.address.owner for change in drift.changes}
    findings = f" {count(len(drift.checks), 'finding')}." if drift.checks else ""
    differences = count(len(drift.changes), "difference")
    places = f"{len(owners):,} of {checked}" if groups else f"{count(len(owners), 'service')} of {services:,}"
    return f"Drift: {differences} in {places}{' read' if unread else ''}.{findings}{unread}{ignored}"


def _unread(drift: Drift) -> str:
    """Say how many services were not read, and what is known of them."""
    since = drift.since
    if since is None or not since.left:
        return ""
    not_read = f" {count(len(since.left), 'service')} not read: no change in Render's audit log since "
    if since.run is not None:
        return f"{not_read}run {since.run}, after which nothing differed."
    return f"{not_read}{_moment(since)}; what differed before that is not known."


def _moment(since: Since) -> str:
    return f"{since.begins:%Y-%m-%d %H:%M:%S} UTC" if since.begins is not None else "then"
