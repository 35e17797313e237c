"""A plan as text for people: blocks of services, then the checks, then one line that sums it up."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.change_text import Besides, service_blocks
from reconciler.report.inline import count, inline
from reconciler.report.permissions import permission_flags
from reconciler.report.provenance import Telling
from reconciler.report.reach_text import reach_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.plan import Plan, Target
    from reconciler.domain.provenance import Explanation


def plan_text(
    plan: Plan, width: int = 80, explanation: Explanation = UNEXPLAINED, *, unverified: int | None = None
) -> str:
    """Return the plan's text, styled for a terminal.

    `unverified` counts the services of which nobody knows what they run with; all of them where it is not given.
    """
    besides = Besides(Telling(explanation, plan.created_at), plan.deploys, reach_notes(plan))
    blocks = service_blocks(plan.targets, plan.pending, plan.checks, width, besides)
    unknown = services_of(plan.targets) if unverified is None else unverified
    title = [] if plan.run is None else [style(title_line(plan.run), bold=True)]
    return "\n\n".join([*title, *blocks, "\n".join(_closing(plan, width, unknown))])


def title_line(run_id: int) -> str:
    """Say of a rollback what it is: nothing in its rows tells it from another plan."""
    return f"Rollback of run {run_id}: what it wrote goes back to what was there before."


def unchanged_line(plan: Plan) -> str:
    """Say of an empty plan why there is nothing to do."""
    if plan.run is None:
        return "No changes. Render matches services.yaml."
    return f"No changes. Of what run {plan.run} wrote, nothing is to be put back."


def unverified_lines(services: int) -> list[str]:
    """Say for how many services no journal can vouch that what runs now was started with these values."""
    if not services:
        return []
    if services == 1:
        return ["Not verified: whether the running deploy of 1 service has these values."]
    return [f"Not verified: whether the running deploys of {services:,} services have these values."]


def services_of(targets: Sequence[Target]) -> int:
    """Return how many targets are services: an env group runs nothing."""
    return sum(target.owner.service is not None for target in targets)


def _closing(plan: Plan, width: int, unverified: int) -> list[str]:
    summary = plan.summary
    lines = _permissions(plan, width)
    if summary.errors or summary.warnings:
        checks = f"Checks: {count(summary.errors, 'error')}, {count(summary.warnings, 'warning')}"
        lines.append(style(checks, fg="bright_red") if summary.errors else checks)
    undeclared = f"{summary.undeclared:,} undeclared left alone." if summary.undeclared else ""
    if plan.is_empty and not summary.errors:
        return [*lines, *_fitted([unchanged_line(plan), undeclared], width), *unverified_lines(unverified)]
    totals = f"Plan: {summary.add:,} to add, {summary.change:,} to change, {summary.destroy:,} to destroy."
    estimate = plan.estimate
    work = (
        f"{count(len(plan.deploys), 'deploy')}, about {estimate.seconds:,} s of API calls." if not plan.is_empty else ""
    )
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
