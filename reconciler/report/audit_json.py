"""An audit as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import AwareDatetime

from reconciler.domain.matrix import State, Verdict
from reconciler.domain.printable import printable
from reconciler.planning.plan_document import CheckDocument, Document, PlaceDocument, ScopeDocument
from reconciler.planning.plan_file import check_document, escaped_json
from reconciler.report.audit_words import severities

if TYPE_CHECKING:
    from reconciler.domain.matrix import Audit, Cell, CodeUse
    from reconciler.errors import Location


class CellDocument(Document):
    """One address of the matrix."""

    address: str
    environment: str
    service: str | None
    group: str | None
    kind: str
    key: str
    state: State
    matches: bool | None
    """Whether what is live is what is declared; null where that is not known, or nothing is declared."""
    location: PlaceDocument | None


class UnreadDocument(Document):
    """Something that could not be read or checked."""

    subject: str
    reason: str
    location: PlaceDocument | None


class UseDocument(Document):
    """A place in source code; `reason` says why it was not understood."""

    path: str
    line: int | None
    reason: str


class CodeDocument(Document):
    """What source code reads."""

    files: int
    names: int
    undeclared: list[CheckDocument]
    declared_not_read: list[str]
    not_understood: list[UseDocument]


class SummaryDocument(Document):
    """Counts."""

    errors: int
    warnings: int
    unread: int
    states: dict[State, int]


class AuditDocument(Document):
    """What `reconcile audit --format json` prints."""

    format_version: str
    checked_at: AwareDatetime
    scope: ScopeDocument
    against: str | None
    verdict: Verdict
    summary: SummaryDocument
    cells: list[CellDocument]
    findings: list[CheckDocument]
    comparisons: list[CheckDocument]
    code: CodeDocument | None
    unread: list[UnreadDocument]


def audit_json(audit: Audit) -> str:
    """Return the audit's JSON text."""
    errors, warnings = severities(audit)
    document = AuditDocument.model_validate(
        {
            "format_version": "1.0",
            "checked_at": audit.checked_at,
            "scope": {"environments": list(audit.scope.environments), "services": list(audit.scope.services)},
            "against": audit.against,
            "verdict": audit.verdict,
            "summary": {"errors": errors, "warnings": warnings, "unread": audit.unseen, "states": audit.counts()},
            "cells": [_cell(cell) for cell in audit.cells],
            "findings": [check_document(finding) for finding in audit.findings],
            "comparisons": [check_document(finding) for finding in audit.comparisons],
            "code": None if audit.code is None else _code(audit.code),
            "unread": [
                {
                    "subject": printable(each.subject),
                    "reason": printable(each.reason),
                    "location": _place(each.location),
                }
                for each in audit.unread
            ],
        }
    )
    return escaped_json(document.model_dump_json(indent=2))


def _cell(cell: Cell) -> dict[str, object]:
    owner = cell.address.owner
    return {
        "address": printable(str(cell.address)),
        "environment": owner.environment,
        "service": owner.service,
        "group": owner.group,
        "kind": cell.address.kind,
        "key": printable(cell.address.key),
        "state": cell.state,
        "matches": cell.matches,
        "location": _place(cell.location),
    }


def _code(code: CodeUse) -> dict[str, object]:
    computed = [
        {"path": printable(str(use.path)), "line": use.line, "reason": "the name is computed"} for use in code.computed
    ]
    unparsed = [
        {"path": printable(str(each.path)), "line": None, "reason": printable(each.reason)} for each in code.unparsed
    ]
    return {
        "files": code.files,
        "names": code.names,
        "undeclared": [check_document(finding) for finding in code.undeclared],
        "declared_not_read": list(code.unread),
        "not_understood": [*computed, *unparsed],
    }


def _place(location: Location | None) -> dict[str, object] | None:
    if location is None:
        return None
    return {"file": printable(location.file), "line": location.line, "column": location.column}
