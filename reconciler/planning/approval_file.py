"""The approvals file beside a plan, and the exact bytes that an approver signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from reconciler.domain.approval import Approval, Statement
from reconciler.errors import ApprovalError
from reconciler.planning.canonical import canonical_json
from reconciler.planning.plan_document import Digest, Document, IdText, NameText, WhoText, first_mistake

if TYPE_CHECKING:
    from collections.abc import Sequence


class StatementDocument(Document):
    """The words that are signed, as canonical JSON."""

    plan_id: IdText
    digest: Digest
    environments: list[NameText]
    created_by: WhoText
    issued_at: AwareDatetime
    expires_at: AwareDatetime


class ApprovalDocument(Document):
    """One approval of a plan."""

    statement: StatementDocument
    identity: Annotated[WhoText, Field(description="The principal in allowed_signers who signed")]
    signature: Annotated[str, Field(description="The armored OpenSSH signature of the statement")]


ApprovalsDocument = TypeAdapter(list[ApprovalDocument])
"""The content of `PLAN.approvals.json`."""


def signed_bytes(statement: Statement) -> bytes:
    """Return what is signed for a statement: the canonical JSON of its members."""
    return canonical_json(
        {
            "plan_id": statement.plan_id,
            "digest": statement.digest,
            "environments": [*sorted(statement.environments)],
            "created_by": statement.created_by,
            "issued_at": statement.issued_at.isoformat(),
            "expires_at": statement.expires_at.isoformat(),
        }
    )


def dump_approvals(approvals: Sequence[Approval]) -> str:
    """Return approvals as the JSON text of their file; raises `ApprovalError` for one that no file can hold."""
    try:
        documents = [
            ApprovalDocument.model_validate(
                {
                    "statement": {name: getattr(approval.statement, name) for name in approval.statement.__slots__},
                    "identity": approval.identity,
                    "signature": approval.signature,
                }
            )
            for approval in approvals
        ]
    except ValidationError as error:
        raise ApprovalError(f"the approval cannot be written as a file: {first_mistake(error)}") from None
    return ApprovalsDocument.dump_json(documents, indent=2).decode() + "\n"


def load_approvals(text: str, name: str) -> list[Approval]:
    """Read approvals back from their file's text; raises `ApprovalError` for text that is none."""
    try:
        documents = ApprovalsDocument.validate_json(text)
    except ValidationError as error:
        raise ApprovalError(
            f"{name} is not an approvals file: {first_mistake(error)}",
            remedy="delete it and have the plan approved again",
        ) from None
    return [
        Approval(
            Statement(
                document.statement.plan_id,
                document.statement.digest,
                tuple(document.statement.environments),
                document.statement.created_by,
                document.statement.issued_at,
                document.statement.expires_at,
            ),
            document.identity,
            document.signature,
        )
        for document in documents
    ]
