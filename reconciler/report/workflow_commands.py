"""Workflow commands: the lines of output by which a step talks to the runner of GitHub's Actions.

How they are written is in https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, how
they are read in `ActionCommand.cs` of actions/runner: `::name properties::data` where a line begins so, white space
aside, and the older `##[name properties]data` wherever it stands in a line. Standard output and standard error count
alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.domain.printable import printable_lines
from reconciler.report.inline import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.domain.difference import RevisionDiff
    from reconciler.domain.finding import Finding
    from reconciler.domain.value import Secret
    from reconciler.errors import Location

SHORTEST_MASKED = 6
"""Characters. A mask of `true` or `8080` would make every log unreadable, and tell what it hides by what is missing."""

SHOWN = 10
"""Annotations of each severity that GitHub shows of a step; it drops the rest without a word."""

LONGEST_MESSAGE = 4_000
"""Characters of an annotation; the whole message is in the log."""

_PASSED_OVER = (
    "[\0-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]*"
)
"""Characters that do not count where .NET compares texts by culture, as the runner does."""

_COMMAND = re.compile(
    rf"(?P<start>(?:\A|[\r\n])(?:\s|{_PASSED_OVER[:-1]})*):(?={_PASSED_OVER}:)|#(?={_PASSED_OVER}#{_PASSED_OVER}\[)"
)
_LINE_ENDS = re.compile(r"[\r\n]+")


def without_commands(text: str) -> str:
    r"""Return whole lines of text in which the runner finds no command: the first character of each is as its escape.

    The escape is one that JSON has too, so that JSON means the same afterwards: `\u0023#[`, `\u003a:`.
    """
    return _COMMAND.sub(lambda match: r"\u0023" if match["start"] is None else rf"{match['start']}\u003a", text)


def mask_lines(values: Iterable[Secret]) -> list[str]:
    """Return the commands that make the runner hide values, line by line, since it reads logs by the line.

    White space around a line is left out: what is hidden without it is hidden with it, too.
    """
    lines = (line.strip() for value in values for line in _LINE_ENDS.split(value.reveal()))
    return [f"::add-mask::{_data(line)}" for line in dict.fromkeys(lines) if len(line) >= SHORTEST_MASKED]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark beside a line of a file, or beside the step where there is none."""

    severity: Severity
    message: str
    location: Location | None = None
    title: str | None = None


def finding_annotations(findings: Iterable[Finding]) -> list[Annotation]:
    """Return what checks found as annotations."""
    return [
        Annotation(
            finding.severity,
            f"{f'{finding.address}: ' if finding.address else ''}{finding.message}"
            + (f"\n{finding.fix}" if finding.fix else ""),
            finding.location,
            f"{finding.code} {finding.name}",
        )
        for finding in findings
    ]


def loosened_annotations(diff: RevisionDiff) -> list[Annotation]:
    """Return the protections that a change makes weaker as annotations."""
    return [
        Annotation(
            Severity.WARNING, f"{each.subject}: {each.loosened}", each.location, f"protection loosened: {each.what}"
        )
        for each in diff.loosened
    ]


def annotation_lines(annotations: Sequence[Annotation]) -> list[str]:
    """Return the commands that annotate, no more of each severity than GitHub shows; the last one counts the rest."""
    lines: list[str] = []
    for severity in Severity:
        found = [annotation for annotation in annotations if annotation.severity is severity]
        shown = found if len(found) <= SHOWN else found[: SHOWN - 1]
        lines += map(_annotation_line, shown)
        if len(found) > len(shown):
            more = f"{count(len(found) - len(shown), f'more {severity}')}: see the log of this step"
            lines.append(_annotation_line(Annotation(severity, more)))
    return lines


def _annotation_line(annotation: Annotation) -> str:
    place = annotation.location
    properties = {
        "file": None if place is None else place.file,
        "line": None if place is None else str(place.line),
        "col": None if place is None else str(place.column),
        "title": annotation.title,
    }
    written = ",".join(f"{name}={_property(text)}" for name, text in properties.items() if text is not None)
    message = printable_lines(annotation.message)
    message = message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"
    # The older form is looked for wherever the newer one is not read.
    return "::" + without_commands(f"{annotation.severity}{' ' if written else ''}{written}::{_data(message)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable_lines(text)).replace(":", "%3A").replace(",", "%2C")
