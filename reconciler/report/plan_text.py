"""A plan as text for people: blocks of services, then the checks, then one line that sums it up."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

from reconciler.report.change_text import service_blocks
from reconciler.report.inline import count, inline
from reconciler.report.permissions import permission_flags
from reconciler.report.reach_text import reach_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.plan import Plan, Target


def plan_text(plan: Plan, width: int = 80) -> str:
    """Return the plan's text, styled for a terminal."""
    blocks = service_blocks(plan.targets, plan.pending, plan.checks, width, reach_notes(plan))
    return "\n\n".join([*blocks, "\n".join(_closing(plan, width))])


def unverified_line(services: int) -> str:
    """Say what no plan can know without a journal: whether what runs now was started with these values."""
    if services == 1:
        return "Not verified: whether the running deploy of 1 service has these values."
    return f"Not verified: whether the running deploys of {services:,} services have these values."


def services_of(targets: Sequence[Target]) -> int:
    """Return how many targets are services: an env group runs nothing."""
    return sum(target.owner.service is not None for target in targets)


def _closing(plan: Plan, width: int) -> list[str]:
    summary = plan.summary
    lines = _permissions(plan, width)
    if summary.errors or summary.warnings:
        checks = f"Checks: {count(summary.errors, 'error')}, {count(summary.warnings, 'warning')}"
        lines.append(style(checks, fg="bright_red") if summary.errors else checks)
    undeclared = f"{summary.undeclared:,} undeclared left alone." if summary.undeclared else ""
    if not plan.pending and not summary.errors:
        same = "No changes. Render matches services.yaml."
        return [*lines, *_fitted([same, undeclared], width), unverified_line(services_of(plan.targets))]
    totals = f"Plan: {summary.add:,} to add, {summary.change:,} to change, {summary.destroy:,} to destroy."
    estimate = plan.estimate
    work = f"{count(len(plan.deploys), 'deploy')}, about {estimate.seconds:,} s of API calls." if plan.pending else ""
    first, *rest = _fitted([totals, undeclared, work], width)
    return [*lines, style(first[: len(totals)], bold=True) + first[len(totals) :], *rest]


def _permissions(plan: Plan, width: int) -> list[str]:
    flags = permission_flags(plan.permissions)
    if not flags:
        return []
    text = inline(f"Permissions: {', '.join(flags)}.")
    wrapped = textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return [style(line, fg="yellow") for line in wrapped]


def _fitted(sentences: list[str], width: int) -> list[str]:
    """Put sentences on one line, or on as few as a width allows."""
    lines = [sentences[0]]
    for sentence in sentences[1:]:
        if sentence and len(lines[-1]) + 1 + len(sentence) <= width:
            lines[-1] += f" {sentence}"
        elif sentence:
            lines.append(sentence)
    return lines
