"""A diagnosis as text for people: how the service stands, the hypotheses, the signs, and what was looked at."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

from reconciler.domain.diagnosis import CheckState, Confidence, Verdict
from reconciler.report.change_text import heading
from reconciler.report.diagnosis_words import CHECK_WORDS, standing_lines, symptom_word, verdict_line
from reconciler.report.inline import count, inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.domain.diagnosis import Diagnosis, Hypothesis

_COLOURS = {Confidence.SHOWN: "bright_red", Confidence.LIKELY: "yellow", Confidence.POSSIBLE: "cyan"}
_LABEL = 11


def diagnosis_text(diagnosis: Diagnosis, width: int = 80) -> str:
    """Return the diagnosis, styled for a terminal."""
    head = heading(diagnosis.owner, diagnosis.target.name, diagnosis.target.id, width)
    blocks = ["\n".join([head, *(_wrapped(line, width, "  ") for line in standing_lines(diagnosis))])]
    numbered = enumerate(diagnosis.hypotheses, 1)
    blocks += ["\n".join(_hypothesis(number, each, width)) for number, each in numbered]
    blocks += ["\n".join(lines) for lines in (list(_signs(diagnosis, width)), list(_checks(diagnosis, width))) if lines]
    good = diagnosis.verdict is Verdict.HEALTHY
    closing = textwrap.fill(verdict_line(diagnosis), width, break_long_words=False, break_on_hyphens=False)
    return "\n\n".join([*blocks, style(closing, fg="green" if good else None, bold=True)])


def _hypothesis(number: int, hypothesis: Hypothesis, width: int) -> Iterator[str]:
    colour = _COLOURS[hypothesis.confidence]
    title = _wrapped(inline(hypothesis.title), width, f"{number}. ", "   ")
    yield style(title, bold=True)
    yield "   " + style(hypothesis.confidence.value, fg=colour) + f" ({hypothesis.kind})"
    labels = ["evidence", *[""] * (len(hypothesis.evidence) - 1)]
    for label, text in zip(labels, hypothesis.evidence, strict=True):
        yield _labelled(label, text, width)
    for text in hypothesis.causes:
        yield _labelled("came about", text, width)
    yield _labelled("fix", hypothesis.fix, width)
    if hypothesis.command is not None:
        # Never wrapped: it is to be copied.
        yield f"   {'plan it':<{_LABEL}}{inline(hypothesis.command)}"


def _signs(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    if not diagnosis.sightings:
        return
    yield style("Known signs in the log", bold=True)
    for sighting in diagnosis.sightings:
        names = f", naming {', '.join(sighting.names)}" if sighting.names else ""
        said = f"{count(sighting.count, 'time')}, {sighting.first:%H:%M:%S} to {sighting.last:%H:%M:%S} UTC"
        text = f"{symptom_word(sighting.symptom)}: {said}{names}"
        yield _wrapped(inline(text), width, "  ", "    ")


def _checks(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    yield style("Looked at", bold=True)
    names = max(len(check.name) for check in diagnosis.checks)
    for check in diagnosis.checks:
        good = check.state is CheckState.DONE
        said = inline(check.detail) if good else f"{CHECK_WORDS[check.state]}: {inline(check.detail)}"
        symbol = "!" if check.state is CheckState.FAILED else "-" if check.state is CheckState.NOT_RUN else "="
        first = f"  {symbol} {check.name:<{names}}  "
        yield _wrapped(said, width, first, " " * len(first))


def _labelled(label: str, text: str, width: int) -> str:
    return _wrapped(inline(text), width, f"   {label:<{_LABEL}}", " " * (3 + _LABEL))


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
