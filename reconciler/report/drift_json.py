"""Drift as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.planning.plan_document import CheckDocument, Document, ResourceChangeDocument, ScopeDocument
from reconciler.planning.plan_file import change_document, check_document, escaped_json

if TYPE_CHECKING:
    from reconciler.workflows.drift import Drift

from pydantic import AwareDatetime


class DriftDocument(Document):
    """What `reconcile drift --format json` prints; one of `drifted` has the form that it has in a plan."""

    format_version: str
    checked_at: AwareDatetime
    scope: ScopeDocument
    clean: bool
    drifted: list[ResourceChangeDocument]
    checks: list[CheckDocument]
    ignored: int


def drift_json(drift: Drift) -> str:
    """Return the drift's JSON text."""
    document = DriftDocument.model_validate(
        {
            "format_version": "1.0",
            "checked_at": drift.checked_at,
            "scope": {"environments": drift.scope.environments, "services": drift.scope.services},
            "clean": drift.is_clean,
            "drifted": [change_document(change) for change in drift.changes],
            "checks": [check_document(check) for check in drift.checks],
            "ignored": drift.ignored,
        }
    )
    return escaped_json(document.model_dump_json(indent=2, exclude_unset=True))
