"""The mistakes of a file, and what rules find in it, for other programs: as JSON, and as SARIF for code scanning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.finding import Finding, Severity
from reconciler.domain.printable import printable
from reconciler.errors import Location
from reconciler.planning.plan_document import Document, PlaceDocument
from reconciler.planning.plan_file import escaped_json
from reconciler.report.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.errors import Problem

INVALID = ("RC000", "invalid-file")
"""Code and name of a mistake in the file itself, which no rule has."""


class ProblemDocument(Document):
    """One mistake; null where it is one of the whole file."""

    message: str
    location: PlaceDocument | None


class FindingDocument(ProblemDocument):
    """What a rule found."""

    code: str
    name: str
    severity: str
    address: str | None
    fix: str | None


class ProblemsDocument(Document):
    """What `reconcile validate --format json` prints."""

    format_version: str
    file: str
    valid: bool
    problems: list[ProblemDocument]
    findings: list[FindingDocument]


def problems_json(problems: Sequence[Problem], findings: Sequence[Finding], file: str) -> str:
    """Return the JSON text; a finding that is a warning leaves the file valid."""
    document = ProblemsDocument.model_validate(
        {
            "format_version": "1.0",
            "file": printable(file),
            "valid": not problems and all(finding.severity is Severity.WARNING for finding in findings),
            "problems": [
                {"message": printable(problem.message), "location": _place(problem.location)} for problem in problems
            ],
            "findings": [_finding(finding) for finding in findings],
        }
    )
    return escaped_json(document.model_dump_json(indent=2))


def problems_sarif(problems: Sequence[Problem], findings: Sequence[Finding], file: str) -> str:
    """Return mistakes and findings as SARIF; those of the whole file stand at its beginning."""
    code, name = INVALID
    whole = Location(file, 1, 1)
    mistakes = [
        Finding(code, name, Severity.ERROR, problem.message, location=problem.location or whole) for problem in problems
    ]
    return sarif([*mistakes, *(each if each.location else replace(each, location=whole) for each in findings)])


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": printable(finding.message),
        "address": None if finding.address is None else printable(str(finding.address)),
        "location": _place(finding.location),
        "fix": None if finding.fix is None else printable(finding.fix),
    }


def _place(location: Location | None) -> dict[str, object] | None:
    if location is None:
        return None
    return {"file": printable(location.file), "line": location.line, "column": location.column}
