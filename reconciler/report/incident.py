"""The incident report, before it is Markdown or HTML: sections of paragraphs, lists and tables, in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.diagnosis import CheckState, Verdict
from reconciler.domain.outcome import StepStatus
from reconciler.report.diagnosis_words import CHECK_WORDS, moment, standing_lines, symptom_word, verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.domain.diagnosis import Diagnosis, Hypothesis
    from reconciler.domain.journal import RunHistory, StepRecord

_FINGERPRINT_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Title:
    """What the blocks below are about, within a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A table."""

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]


Block = Title | Paragraph | Items | Command | Rows


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: Sequence[Block]


def title_of(diagnosis: Diagnosis) -> str:
    """Return the report's title."""
    return f"Incident report: {diagnosis.owner}"


def sections(diagnosis: Diagnosis) -> Iterator[Section]:
    """Yield the report's sections."""
    target = diagnosis.target
    yield Section(
        "Summary",
        [
            Paragraph(f"{target.name} ({target.id}), looked at {moment(diagnosis.checked_at)}."),
            Items([*standing_lines(diagnosis), verdict_line(diagnosis)]),
        ],
    )
    yield Section("Root cause", list(_root_cause(diagnosis)))
    yield Section("Timeline", [_timeline(diagnosis)])
    yield Section("Questions", list(_answers(diagnosis)))
    others = diagnosis.hypotheses[len(_causes(diagnosis)) :]
    if others:
        yield Section("What else was found", [block for each in others for block in _hypothesis(each)])
    yield Section("What was changed", list(_changed(diagnosis)))
    yield Section("Checks", [_checks(diagnosis), *_signs(diagnosis)])
    yield Section("Prevention", [Items(_prevention(diagnosis))])


def _causes(diagnosis: Diagnosis) -> list[Hypothesis]:
    """Return the hypotheses that the verdict stands on: all that are as sure as the first one."""
    if diagnosis.verdict not in {Verdict.CAUSE_SHOWN, Verdict.CAUSE_LIKELY}:
        return []
    return [each for each in diagnosis.hypotheses if each.confidence is diagnosis.hypotheses[0].confidence]


def _root_cause(diagnosis: Diagnosis) -> Iterator[Block]:
    causes = _causes(diagnosis)
    if not causes:
        yield Paragraph(verdict_line(diagnosis))
    for cause in causes:
        yield from _hypothesis(cause)


def _hypothesis(hypothesis: Hypothesis) -> Iterator[Block]:
    yield Title(f"{_capital(hypothesis.title)} ({hypothesis.confidence})")
    yield Items([*hypothesis.evidence, *hypothesis.causes, f"Fix: {hypothesis.fix}"])
    if hypothesis.command:
        yield Command(hypothesis.command)


def _timeline(diagnosis: Diagnosis) -> Block:
    if not diagnosis.timeline:
        return Paragraph("Nothing with a time was read.")
    return Rows(("time", "what happened"), [(moment(each.at), each.text) for each in diagnosis.timeline])


def _answers(diagnosis: Diagnosis) -> Iterator[Block]:
    missing = [each for each in diagnosis.hypotheses if each.kind in {"missing-variables", "undeclared-need"}]
    causes = _causes(diagnosis)
    signs = [f"“{each.excerpt}” ({symptom_word(each.symptom)}, {each.count:,} times)" for each in diagnosis.sightings]
    answers = {
        "Why was it missing?": "; ".join(
            [each.title for each in missing] + [cause for each in missing for cause in each.causes]
        )
        or "Nothing that is declared is known to be missing.",
        "What caused the error?": "; ".join(each.title for each in causes) or "It is not known.",
        "Why did it fail to start?": f"It logged {'; '.join(signs)}" if signs else "No known sign was read in its log.",
        "How is it prevented?": " ".join(_prevention(diagnosis)),
    }
    for question, answer in answers.items():
        yield Title(question)
        yield Paragraph(_capital(answer))


def _changed(diagnosis: Diagnosis) -> Iterator[Block]:
    if not diagnosis.runs:
        journal = next(check for check in diagnosis.checks if check.name == "journal")
        words = {
            CheckState.DONE: "The journal knows of no apply to this service",
            CheckState.NOT_RUN: "There is no journal here that would tell",
            CheckState.FAILED: "The journal could not be read",
        }
        yield Paragraph(f"{words[journal.state]}; a diagnosis changes nothing.")
    for history in diagnosis.runs:
        run = history.run
        result = run.result or "no end in the journal"
        yield Paragraph(f"Run {run.id}, {run.kind}, by {run.applied_by}, {moment(run.started_at)}: {result}.")
        rows = [_step(step) for step in history.steps if step.target_id == diagnosis.target.id]
        if rows:
            yield Rows(("what", "action", "before", "after", "how it ended"), rows)
        deploys = _deploys(history, diagnosis.target.id)
        if deploys:
            yield Items(deploys)


def _step(step: StepRecord) -> tuple[str, ...]:
    ended = step.status or StepStatus.UNKNOWN
    prints = (
        step.before[:_FINGERPRINT_SHOWN] if step.before else "-",
        step.after[:_FINGERPRINT_SHOWN] if step.after else "-",
    )
    return (str(step.address), step.action.value, *prints, ended.value.replace("_", " "))


def _deploys(history: RunHistory, target_id: str) -> list[str]:
    return [
        f"deploy {each.deploy_id or 'that Render did not name'}: {each.result or each.state}"
        for each in history.deploys
        if each.target_id == target_id
    ]


def _checks(diagnosis: Diagnosis) -> Block:
    rows = [(check.name, CHECK_WORDS[check.state], check.detail) for check in diagnosis.checks]
    return Rows(("check", "state", "detail"), rows)


def _signs(diagnosis: Diagnosis) -> Iterator[Block]:
    if diagnosis.sightings:
        rows = [
            (
                symptom_word(each.symptom),
                f"{each.count:,}",
                moment(each.first),
                moment(each.last),
                ", ".join(each.names),
            )
            for each in diagnosis.sightings
        ]
        yield Paragraph("Known signs in the log; the lines themselves are not repeated, because they may hold secrets.")
        yield Rows(("sign", "times", "first", "last", "naming"), rows)


def _prevention(diagnosis: Diagnosis) -> list[str]:
    service, environment = diagnosis.owner.name, diagnosis.owner.environment
    lines = [
        "Declare every variable that the program requires in services.yaml, for every environment.",
        f"Run reconcile plan -e {environment} -s {service} on every pull request; it fails where a value is wrong.",
        f"Run reconcile drift -e {environment} every night; it tells what somebody changed on Render.",
        "Deploy by reconcile apply, which watches the deploy and proves the health that the service declares.",
    ]
    if any(each.kind == "undeclared-need" for each in diagnosis.hypotheses):
        lines.insert(0, "The contract has a hole: declare what the program itself says it needs.")
    if any(check.state is CheckState.FAILED for check in diagnosis.checks):
        lines.append("Give the key that diagnoses the rights to read what could not be read this time.")
    return lines


def _capital(text: str) -> str:
    return text if text.partition(":")[0].isupper() else text[:1].upper() + text[1:]
