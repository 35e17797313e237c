"""A diagnosis as JSON: `docs/cli.md` describes the members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import AwareDatetime

from reconciler.domain.diagnosis import CheckState, Confidence, Standing, Symptom, Verdict
from reconciler.planning.plan_document import CheckDocument, Document
from reconciler.planning.plan_file import check_document, escaped_json

if TYPE_CHECKING:
    from reconciler.domain.diagnosis import Diagnosis

FORMAT_VERSION = "1.0"


class TargetDocument(Document):
    """The service on Render."""

    id: str
    name: str


class StoryDocument(Document):
    """When it began to fail; null where it does not, or where that is not known."""

    first_failed: str | None
    first_failed_at: AwareDatetime | None
    last_good: str | None


class HypothesisDocument(Document):
    """What may be the cause."""

    kind: str
    title: str
    confidence: Confidence
    evidence: list[str]
    causes: list[str]
    fix: str
    command: str | None
    addresses: list[str]


class SightingDocument(Document):
    """A known sign in the log."""

    symptom: Symptom
    count: int
    first: AwareDatetime
    last: AwareDatetime
    excerpt: str
    names: list[str]


class LookDocument(Document):
    """One thing that was to be looked at."""

    name: str
    state: CheckState
    detail: str


class MomentDocument(Document):
    """One line of the timeline."""

    at: AwareDatetime
    text: str


class DiagnosisDocument(Document):
    """What `reconcile diagnose --format json` prints."""

    format_version: str
    address: str
    target: TargetDocument
    checked_at: AwareDatetime
    logs_since: AwareDatetime | None
    against: str | None
    standing: Standing
    verdict: Verdict
    complete: bool
    deploys: StoryDocument
    hypotheses: list[HypothesisDocument]
    signs: list[SightingDocument]
    findings: list[CheckDocument]
    looked_at: list[LookDocument]
    timeline: list[MomentDocument]


def diagnosis_json(diagnosis: Diagnosis) -> str:
    """Return the diagnosis's JSON text."""
    story = diagnosis.story
    document = DiagnosisDocument.model_validate(
        {
            "format_version": FORMAT_VERSION,
            "address": str(diagnosis.owner),
            "target": {"id": diagnosis.target.id, "name": diagnosis.target.name},
            "complete": diagnosis.is_complete,
            "deploys": {name: getattr(story, name) for name in StoryDocument.model_fields},
            "hypotheses": [
                {
                    **{name: getattr(each, name) for name in HypothesisDocument.model_fields},
                    **{name: list(getattr(each, name)) for name in ("evidence", "causes")},
                    "addresses": [str(address) for address in each.addresses],
                }
                for each in diagnosis.hypotheses
            ],
            "signs": [
                {
                    **{name: getattr(each, name) for name in SightingDocument.model_fields},
                    "names": list(each.names),
                }
                for each in diagnosis.sightings
            ],
            "findings": [check_document(finding) for finding in diagnosis.findings],
            "looked_at": [
                {name: getattr(each, name) for name in LookDocument.model_fields} for each in diagnosis.checks
            ],
            "timeline": [{"at": each.at, "text": each.text} for each in diagnosis.timeline],
            **{
                name: getattr(diagnosis, name)
                for name in ("checked_at", "logs_since", "against", "standing", "verdict")
            },
        }
    )
    return escaped_json(document.model_dump_json(indent=2))
