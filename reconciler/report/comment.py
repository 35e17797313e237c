"""A pull request's comment: a plan, or what came of it, for people who are to say yes or no.

It is a function of the files alone; where it is posted, and whether, is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from reconciler.report.markdown import code, name
from reconciler.report.page import Draft, Page, fitted
from reconciler.report.plan_markdown import (
    counts_line,
    empty_lines,
    no_link,
    plan_parts,
    plan_sections,
    verdict,
)
from reconciler.report.result_markdown import result_parts, result_sections
from reconciler.report.result_text import totals_line

if TYPE_CHECKING:
    from reconciler.domain.outcome import ApplyResult
    from reconciler.domain.plan import Plan
    from reconciler.report.plan_markdown import Link

TARGET_LENGTH = 16
LONGEST_SCOPE = 2_000
"""Characters of the names of what a plan is about, where there is hardly any room."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a comment says besides the plan."""

    limit: int
    """Bytes that it may have."""
    elsewhere: str
    """Where all of it is, as Markdown, for one that had to be cut."""
    approvals: str = ""
    """What approvals the plan needs, and how long they count, as Markdown."""
    next_step: str = ""
    """What to do next, as Markdown."""
    run: str | None = None
    """The address of the run that it comes from."""
    link: Link = no_link
    without_result: bool = False
    """Whether the plan was to be carried out and nobody said what came of it."""


WITHOUT_RESULT = (
    "The apply ended without a result: it was refused or failed before it began, or it broke off, and then some of it "
    "may be done. The log of the run says which, and `reconcile history` what was written."
)


def target_of(plan: Plan, file: str) -> str:
    """Return what comments on the same thing share: the file, the scope and the kind of the plan, as 16 digits."""
    scope = [file, sorted(plan.scope.environments), sorted(plan.scope.services), plan.kind.value]
    return hashlib.sha256(json.dumps(scope).encode()).hexdigest()[:TARGET_LENGTH]


def plan_comment(plan: Plan, around: Surroundings) -> Page:
    """Return the comment on a plan; raises `TooLongError` where failed checks and deletions alone do not fit."""
    refusal = ["It cannot be applied while a check fails."] if plan.summary.errors else []
    kind, unknown = "plan", []
    if around.without_result:
        kind, unknown = "apply", [f"**{WITHOUT_RESULT}**"]
        around = replace(around, approvals="", next_step="")
    sections = plan_sections(plan, link=around.link, is_folded=True)
    return fitted(
        (
            Draft(
                [
                    f"### reconcile {kind}: {_scope(plan)}",
                    *unknown,
                    " ".join([f"**{verdict(plan)}**", *refusal]),
                    *plan_parts(plan, around.link, is_dense=is_dense),
                ],
                sections,
                [*empty_lines(plan, None), counts_line(plan), *_footer(plan, around)],
            )
            for is_dense in (False, True)
        ),
        around.limit,
        around.elsewhere,
    )


def result_comment(plan: Plan, result: ApplyResult, around: Surroundings) -> Page:
    """Return the comment on a plan that was carried out; raises as `plan_comment`."""
    sections = result_sections(result)
    return fitted(
        (
            Draft(
                [f"### reconcile apply: {_scope(plan)}", *result_parts(plan, result, is_dense=is_dense)],
                sections,
                [counts_line(plan), *_footer(plan, replace(around, approvals="", next_step=""))],
            )
            for is_dense in (False, True)
        ),
        around.limit,
        around.elsewhere,
    )


def unshowable_comment(plan: Plan, result: ApplyResult | None, around: Surroundings) -> str:
    """Return the comment that stands for one that does not fit, so that nobody takes an older one for the newest."""
    kind, line = ("plan", verdict(plan)) if result is None else ("apply", totals_line(result))
    why = (
        "**Not shown: its deletions and what is wrong with it are alone more than fits here.** "
        f"Nothing of it should be approved by this page. {around.elsewhere}"
    )
    if around.without_result:
        kind, line = "apply", WITHOUT_RESULT
    named = _scope(plan) if len(_scope(plan)) < LONGEST_SCOPE else f"{len(plan.scope.environments)} environments"
    closing = f"Plan {code(plan.plan_id)}, digest {code(plan.digest)}."
    return "\n\n".join([f"### reconcile {kind}: {named}", f"**{line}**", why, closing])


def _scope(plan: Plan) -> str:
    services = f" (only {', '.join(map(name, plan.scope.services))})" if plan.scope.services else ""
    return ", ".join(map(name, plan.scope.environments)) + services


def _footer(plan: Plan, around: Surroundings) -> list[str]:
    commit = f" from commit {code(plan.commit[:12])}" if plan.commit else ""
    run = f" [This run]({around.run})." if around.run else ""
    made = f"{plan.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    lines = [
        f"Plan {code(plan.plan_id)}, made by {name(plan.created_by)} at {made}{commit}.{run}",
        f"Digest {code(plan.digest[:12])}, whole: {code(plan.digest)}.",
        *([around.approvals] if around.approvals else []),
        *([around.next_step] if around.next_step else []),
    ]
    return ["<br>\n".join(lines)]
