"""The approvals file beside a plan, and the exact bytes that an approver signs.

Of approvals on GitHub it says where to ask and nothing else, since anybody could write more into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, assert_never

from pydantic import AwareDatetime, Discriminator, Field, Tag, TypeAdapter, ValidationError

from reconciler.domain.approval import Approval, ReviewApproval, RunApproval, Statement
from reconciler.errors import ApprovalError
from reconciler.planning.canonical import canonical_json
from reconciler.planning.plan_document import (
    REPOSITORY_PATTERN,
    Digest,
    Document,
    IdText,
    NameText,
    WhoText,
    first_mistake,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.approval import StoredApproval


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


RepositoryText = Annotated[str, Field(pattern=REPOSITORY_PATTERN)]
NumberText = Annotated[int, Field(ge=1, lt=10**18)]


class RunDocument(Document):
    """A run of GitHub's Actions, in which reviewers of environments may have approved."""

    repository: RepositoryText
    run_id: NumberText


class ReviewsDocument(Document):
    """A pull request on GitHub, whose reviewers may have approved."""

    repository: RepositoryText
    pull_request: NumberText


class RunApprovalDocument(Document):
    """Where to ask GitHub for approvals that were given in a workflow run."""

    github_run: RunDocument


class ReviewApprovalDocument(Document):
    """Where to ask GitHub for approvals that were given in a pull request."""

    github_reviews: ReviewsDocument


_SIGNED, _IN_RUN, _IN_REVIEWS = "an approval that is signed", "one in a run", "one in reviews"


def _form(entry: object) -> str:
    """Tell which kind of approval an entry is, as JSON or as a document."""
    members = entry if isinstance(entry, dict) else type(entry).model_fields if isinstance(entry, Document) else {}
    return _IN_RUN if "github_run" in members else _IN_REVIEWS if "github_reviews" in members else _SIGNED


AnyApprovalDocument = Annotated[
    Annotated[ApprovalDocument, Tag(_SIGNED)]
    | Annotated[RunApprovalDocument, Tag(_IN_RUN)]
    | Annotated[ReviewApprovalDocument, Tag(_IN_REVIEWS)],
    Discriminator(_form),
]
ApprovalsDocument = TypeAdapter(list[AnyApprovalDocument])
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


def dump_approvals(approvals: Sequence[StoredApproval]) -> str:
    """Return approvals as the JSON text of their file; raises `ApprovalError` for one that no file can hold."""
    try:
        documents = ApprovalsDocument.validate_python([_document(approval) for approval in approvals])
    except ValidationError as error:
        raise ApprovalError(f"the approval cannot be written as a file: {_mistake(error)}") from None
    return ApprovalsDocument.dump_json(documents, indent=2).decode() + "\n"


def _document(approval: StoredApproval) -> dict[str, object]:
    match approval:
        case RunApproval(repository, run_id):
            return {"github_run": {"repository": repository, "run_id": run_id}}
        case ReviewApproval(repository, pull_request):
            return {"github_reviews": {"repository": repository, "pull_request": pull_request}}
        case Approval(statement, identity, signature):
            signed = {name: getattr(statement, name) for name in statement.__slots__}
            return {"statement": signed, "identity": identity, "signature": signature}
        case _:
            assert_never(approval)


def load_approvals(text: str, name: str) -> list[StoredApproval]:
    """Read approvals back from their file's text; raises `ApprovalError` for text that is none."""
    try:
        documents = ApprovalsDocument.validate_json(text)
    except ValidationError as error:
        raise ApprovalError(
            f"{name} is not an approvals file: {_mistake(error)}",
            remedy="delete it and have the plan approved again",
        ) from None
    return [_approval(document) for document in documents]


def _approval(document: ApprovalDocument | RunApprovalDocument | ReviewApprovalDocument) -> StoredApproval:
    match document:
        case RunApprovalDocument(github_run=run):
            return RunApproval(run.repository, run.run_id)
        case ReviewApprovalDocument(github_reviews=reviews):
            return ReviewApproval(reviews.repository, reviews.pull_request)
        case ApprovalDocument(statement=statement):
            signed = Statement(
                statement.plan_id,
                statement.digest,
                tuple(statement.environments),
                statement.created_by,
                statement.issued_at,
                statement.expires_at,
            )
            return Approval(signed, document.identity, document.signature)
        case _:
            assert_never(document)


def _mistake(error: ValidationError) -> str:
    return first_mistake(error, (_SIGNED, _IN_RUN, _IN_REVIEWS))
