"""The mistakes of a file, and what rules find in it, for other programs: as JSON, and as SARIF for code scanning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.finding import Finding, Severity
from reconciler.domain.printable import printable
from reconciler.errors import Location
from reconciler.planning.plan_document import CheckDocument, Document, PlaceDocument
from reconciler.planning.plan_file import check_document, escaped_json
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


class ProblemsDocument(Document):
    """What `reconcile validate --format json` prints."""

    format_version: str
    file: str
    valid: bool
    problems: list[ProblemDocument]
    checks: list[CheckDocument]


def problems_json(problems: Sequence[Problem], checks: Sequence[Finding], file: str) -> str:
    """Return the JSON text: what makes the file unreadable, or else what its literals fail."""
    document = ProblemsDocument.model_validate(
        {
            "format_version": "1.0",
            "file": printable(file),
            "valid": not problems and not any(check.severity is Severity.ERROR for check in checks),
            "problems": [
                {"message": printable(problem.message), "location": _place(problem.location)} for problem in problems
            ],
            "checks": [check_document(check) for check in checks],
        }
    )
    return escaped_json(document.model_dump_json(indent=2))


def problems_sarif(problems: Sequence[Problem], checks: Sequence[Finding], file: str) -> str:
    """Return the mistakes as SARIF; those of the whole file stand at its beginning."""
    code, name = INVALID
    start = Location(file, 1, 1)
    invalid = [
        Finding(code, name, Severity.ERROR, problem.message, location=problem.location or start) for problem in problems
    ]
    return sarif([*invalid, *(check if check.location else replace(check, location=start) for check in checks)])


def _place(location: Location | None) -> dict[str, object] | None:
    if location is None:
        return None
    return {"file": printable(location.file), "line": location.line, "column": location.column}
