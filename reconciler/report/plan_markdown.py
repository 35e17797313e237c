"""A plan as Markdown: what a pull request or a step summary shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.change_text import SYMBOLS, note_text, value_text
from reconciler.report.inline import count
from reconciler.report.markdown import code, prose, table
from reconciler.report.permissions import permission_flags
from reconciler.report.plan_text import services_of, title_line, unchanged_line, unverified_lines
from reconciler.report.provenance import Telling
from reconciler.report.reach_text import reach_notes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.address import Owner
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.plan import Plan, PlannedDeploy, Target
    from reconciler.domain.provenance import Explanation


def plan_markdown(plan: Plan, explanation: Explanation = UNEXPLAINED, *, unverified: int | None = None) -> str:
    """Return the plan's Markdown; every deletion and every check is in it."""
    summary = plan.summary
    parts = [f"### {_verdict(plan)}", *([] if plan.run is None else [title_line(plan.run)])]
    if flags := permission_flags(plan.permissions):
        parts.append(f"**Permissions:** {', '.join(code(flag) for flag in flags)}.")
    if plan.checks:
        parts.append(check_table(plan.checks))
    parts += change_sections(plan.targets, plan.pending, explanation, reach_notes(plan))
    if owed := [deploy for deploy in plan.deploys if deploy.owed_by is not None]:
        parts.append(_owed_table(owed))
    if plan.is_empty:
        parts += unverified_lines(services_of(plan.targets) if unverified is None else unverified)
    parts.append(
        f"{summary.unchanged:,} unchanged, {summary.undeclared:,} undeclared left alone. "
        f"Plan {code(plan.plan_id)}, digest {code(plan.digest[:12])}."
    )
    return "\n\n".join(parts)


def check_table(checks: Sequence[Finding]) -> str:
    """Return every check as a row."""
    rows = [
        [
            f"**{check.severity}**",
            f"{prose(check.code)} {prose(check.name)}",
            code(str(check.address)) if check.address else "",
            prose(check.message),
            code(str(check.location)) if check.location else "",
        ]
        for check in checks
    ]
    return table(["", "check", "where", "what", "line"], rows)


def change_sections(
    targets: Sequence[Target],
    pending: Sequence[ResourceChange],
    explanation: Explanation = UNEXPLAINED,
    notes: Mapping[Owner, str] | None = None,
) -> list[str]:
    """Return a table for each owner that something changes of, and `notes` below; times are times of day here."""
    telling = Telling(explanation)
    sections = []
    for target in targets:
        changes = [change for change in pending if change.address.owner == target.owner]
        if changes:
            sections.append(_section(target, changes, telling))
            note = (notes or {}).get(target.owner)
            sections += [prose(note)] if note else []
    return sections


def _verdict(plan: Plan) -> str:
    summary = plan.summary
    errors = f"{count(summary.errors, 'check error')}. " if summary.errors else ""
    if plan.is_empty:
        return errors + ("" if summary.errors else unchanged_line(plan))
    deploys = f" {count(len(plan.deploys), 'deploy')}." if plan.deploys else ""
    totals = f"Plan: {summary.add:,} to add, {summary.change:,} to change, {summary.destroy:,} to destroy."
    return f"{errors}{totals}{deploys}"


def _owed_table(owed: Sequence[PlannedDeploy]) -> str:
    rows = [[code(str(deploy.owner)), f"the values of run {deploy.owed_by} are set and wait for it"] for deploy in owed]
    return table(["deploy", "why"], rows)


def _section(target: Target, changes: list[ResourceChange], telling: Telling) -> str:
    rows = [
        [
            code(SYMBOLS[change.action]),
            code(str(change.address)),
            code(value_text(change).removeprefix("= ")),
            code(note_text(change, telling)),
        ]
        for change in changes
    ]
    heading = f"**{prose(str(target.owner))}** ({prose(target.name)}, {code(target.id)})"
    parts = [heading, table(["", "address", "value", "source"], rows)]
    if below := telling.below(target.owner):
        parts.append(prose(below))
    return "\n\n".join(parts)
