"""Drift as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.audit import ActorType
from reconciler.domain.provenance import UNEXPLAINED, ChangeOrigin
from reconciler.planning.plan_document import CheckDocument, Document, OwnerText, ResourceChangeDocument, ScopeDocument
from reconciler.planning.plan_file import change_document, check_document, escaped_json

if TYPE_CHECKING:
    from reconciler.domain.provenance import Explanation, Provenance
    from reconciler.workflows.drift import Drift

from pydantic import AwareDatetime


class ProvenanceDocument(Document):
    """Which side changed since the last apply, and who changed Render's; null where that is not known."""

    origin: ChangeOrigin
    by: str | None
    actor_type: ActorType | None
    at: AwareDatetime | None
    at_latest: bool
    """Whether the change may be older than `at`."""


class DriftedDocument(ResourceChangeDocument):
    """One difference, in the form that it has in a plan, and where it comes from."""

    provenance: ProvenanceDocument | None


class LastChangeDocument(Document):
    """Who last changed a service's variables or secret files, where nobody can be named for a difference itself."""

    address: OwnerText
    by: str | None
    actor_type: ActorType
    at: AwareDatetime


class SinceDocument(Document):
    """From when on drift was looked for, and what was therefore not read."""

    run: int | None
    """The run after which nothing differed; null where a time was given, before which it is not known."""
    begins: AwareDatetime | None
    """From when on the audit log was searched; null where it could not be."""
    not_read: list[OwnerText]
    unverified: int
    """Of how many of these it is not known how they were before."""
    gaps: list[str]
    """Why services were read without a change in the log."""


class DriftDocument(Document):
    """What `reconcile drift --format json` prints."""

    format_version: str
    checked_at: AwareDatetime
    scope: ScopeDocument
    clean: bool
    drifted: list[DriftedDocument]
    checks: list[CheckDocument]
    ignored: int
    last_changes: list[LastChangeDocument]
    since: SinceDocument | None
    """Null without `--since`."""


def drift_json(drift: Drift, explanation: Explanation = UNEXPLAINED) -> str:
    """Return the drift's JSON text."""
    document = DriftDocument.model_validate(
        {
            "format_version": "1.0",
            "checked_at": drift.checked_at,
            "scope": {"environments": drift.scope.environments, "services": drift.scope.services},
            "clean": drift.is_clean,
            "drifted": [
                {**change_document(change), "provenance": _provenance(explanation.provenances.get(change.address))}
                for change in drift.changes
            ],
            "checks": [check_document(check) for check in drift.checks],
            "ignored": drift.ignored,
            "last_changes": [
                {"address": str(owner), "by": event.actor, "actor_type": event.actor_type, "at": event.at}
                for owner, event in sorted(explanation.last_changes.items(), key=lambda item: str(item[0]))
            ],
            "since": drift.since
            and {
                "run": drift.since.run,
                "begins": drift.since.begins,
                "not_read": [str(owner) for owner in drift.since.left],
                "unverified": len(drift.since.unverified),
                "gaps": drift.since.gaps,
            },
        }
    )
    return escaped_json(document.model_dump_json(indent=2, exclude_unset=True))


def _provenance(provenance: Provenance | None) -> dict[str, object] | None:
    if provenance is None:
        return None
    event = provenance.event
    return {
        "origin": provenance.origin,
        "by": event and event.actor,
        "actor_type": event and event.actor_type,
        "at": event and event.at,
        "at_latest": provenance.is_at_latest,
    }
