"""What an apply did as Markdown: the parts that a pull request's comment is made of."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.outcome import StepStatus
from reconciler.report.change_text import SYMBOLS, key_text
from reconciler.report.inline import count
from reconciler.report.markdown import code, details, fence, html_code, name, table
from reconciler.report.page import Section
from reconciler.report.plan_markdown import deletion_lines
from reconciler.report.result_text import STEP_WORDS, deploy_words, health_words, remaining_lines, totals_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.domain.outcome import ApplyResult, ServiceOutcome, StepOutcome
    from reconciler.domain.plan import Plan

LONGEST_LINE = 300
"""Characters of a line that is shown where there is hardly any room; the services that it names are listed anyway."""


def result_parts(plan: Plan, result: ApplyResult, *, is_dense: bool) -> list[str]:
    """Return what has to be seen whatever the room: by whom, what did not end as planned, and every deletion."""
    approved = f", approved by {', '.join(map(name, result.approved_by))}" if result.approved_by else ""
    when = f"{result.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} to {result.finished_at.astimezone(UTC):%H:%M:%S} UTC"
    by = f"Run {result.run_id}, applied by {name(result.applied_by)}{approved}, {when}."
    parts = [f"**{totals_line(result)}**", by]
    if failed := [service for service in result.services if not service.succeeded]:
        parts.append(f"**Not as planned: {count(len(failed), 'service')}**")
        parts.append(fence(line for service in failed for line in _failure(service, is_dense=is_dense)))
    remains = [line for line in remaining_lines(result) if not line.startswith("Not as planned")]
    if remains := [line for line in remains if not is_dense or len(line) < LONGEST_LINE]:
        parts.append(fence(remains))
    steps = {step.address: step for service in result.services for step in service.steps}
    if deletions := [change for change in plan.changes if change.action is Action.DELETE]:
        parts.append(f"**{count(len(deletions), 'deletion')}**")
        notes = {change: _ended(steps.get(change.address)) for change in deletions}
        shown = {change: note for change, note in notes.items() if not is_dense or note != STEP_WORDS[StepStatus.DONE]}
        parts.append(deletion_lines(deletions, shown))
        parts += ["Those without a word beside them were done."] if is_dense else []
    return parts


def result_sections(result: ApplyResult) -> list[Section]:
    """Return a table for each service: its writes, its deploy and its health."""
    return [section for service in result.services for section in _sections(service)]


def _sections(service: ServiceOutcome) -> Iterator[Section]:
    yield _section(service, "")
    if service.restored is not None:
        yield _section(service.restored, "previous values of ")


def _section(service: ServiceOutcome, what: str) -> Section:
    rows = [
        [code(SYMBOLS[step.action]), name(key_text(step.address)), STEP_WORDS[step.status], code(step.detail or "")]
        for step in service.steps
    ]
    said = [words for _, words in (deploy_words(service), health_words(service.health)) if words]
    if service.verification is not None:
        said.insert(0, f"not verified: {service.verification}")
    parts = [table(["", "key", "", ""], rows)] if rows else []
    parts += ["\n".join(f"- {code(line)}" for line in said)] if said else []
    done = sum(step.status is StepStatus.DONE for step in service.steps)
    counts = f"{done} of {count(len(service.steps), 'write')} done"
    verdict = "as planned" if service.succeeded else "not as planned"
    summary = (
        f"<b>{what}{html_code(str(service.owner))}</b> ({html_code(service.target_name)}, "
        f"{html_code(service.target_id)}): {counts}; {verdict}"
    )
    return Section(f"{what}{service.owner}", counts, details(summary, "\n\n".join(parts)))


def _failure(service: ServiceOutcome, *, is_dense: bool) -> list[str]:
    """Say of a service what did not end as planned, on one line where there is little room."""
    said = list(_troubles(service, is_dense=is_dense))
    return [f"{service.owner}: {'; '.join(said)}"] if is_dense else [f"{service.owner}:", *(f"  {one}" for one in said)]


def _troubles(service: ServiceOutcome, *, is_dense: bool) -> Iterator[str]:
    """Say what did not end as planned: writes, the last reading, the deploy, the health."""
    for status in StepStatus:
        steps = [step for step in service.steps if step.status is status]
        if steps and status is not StepStatus.DONE:
            yield f"{count(len(steps), 'write')} {STEP_WORDS[status]}"
            if not is_dense:
                yield from (f"{key_text(step.address)}: {step.detail}" for step in steps if step.detail)
    if service.verification is not None:
        yield "not verified" if is_dense else f"not verified: {service.verification}"
    for good, words in (deploy_words(service), health_words(service.health)):
        if words and not good:
            yield words.partition(":")[0] if is_dense else words


def _ended(step: StepOutcome | None) -> str:
    return "not attempted" if step is None else STEP_WORDS[step.status]
