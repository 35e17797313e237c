"""What two revisions of `services.yaml` mean differently, as JSON; `docs/cli.md` describes the members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.difference import DifferenceKind
from reconciler.domain.printable import printable
from reconciler.planning.plan_document import Document, PlaceDocument
from reconciler.planning.plan_file import escaped_json

if TYPE_CHECKING:
    from reconciler.domain.difference import Difference, RevisionDiff


class BaseDocument(Document):
    """The older revision."""

    revision: str
    commit: str
    exists: bool


class DifferenceDocument(Document):
    """One difference; null where there is nothing to say, or nothing that may be shown."""

    kind: DifferenceKind
    subject: str
    environment: str | None
    service: str | None
    group: str | None
    key: str | None
    secret_file: bool
    what: str
    before: str | None
    after: str | None
    note: str | None
    loosened: str | None
    location: PlaceDocument | None


class DiffDocument(Document):
    """What `reconcile diff --format json` prints."""

    format_version: str
    file: str
    base: BaseDocument
    changed: bool
    summary: dict[str, int]
    differences: list[DifferenceDocument]


def diff_json(diff: RevisionDiff) -> str:
    """Return the differences' JSON text."""
    document = DiffDocument.model_validate(
        {
            "format_version": "1.0",
            "file": diff.file,
            "base": {"revision": diff.base, "commit": diff.commit, "exists": not diff.is_new},
            "changed": bool(diff.differences),
            "summary": {
                **{kind.value: diff.count(kind) for kind in DifferenceKind},
                "loosened": len(diff.loosened),
            },
            "differences": [_difference(difference) for difference in diff.differences],
        }
    )
    return escaped_json(document.model_dump_json(indent=2))


def _difference(difference: Difference) -> dict[str, object]:
    owner, address, location = difference.owner, difference.address, difference.location
    place = location and {"file": printable(location.file), "line": location.line, "column": location.column}
    return {
        **{name: getattr(difference, name) for name in ("kind", "subject", "environment", "what", "before", "after")},
        "service": owner and owner.service,
        "group": owner and owner.group,
        "key": address and address.key,
        "secret_file": address is not None and address.kind is Kind.SECRET_FILE,
        "note": difference.note,
        "loosened": difference.loosened,
        "location": place,
    }
