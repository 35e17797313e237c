"""What an apply did, as JSON; `schema/result.schema.json` is made from these models."""

from __future__ import annotations

from pydantic import AwareDatetime, ValidationError

from reconciler.domain.address import Address, Owner
from reconciler.domain.change import Action
from reconciler.domain.deploy import DeployStatus
from reconciler.domain.outcome import (
    ApplyResult,
    DeployOutcome,
    DeployResult,
    HealthOutcome,
    HealthResult,
    ServiceOutcome,
    StepOutcome,
    StepStatus,
)
from reconciler.errors import PlanFileError
from reconciler.planning.plan_document import AddressText, Document, OwnerText, first_mistake
from reconciler.planning.plan_file import escaped_json


class StepResultDocument(Document):
    """How the write at one address ended."""

    address: AddressText
    action: Action
    status: StepStatus
    detail: str | None


class DeployResultDocument(Document):
    """How the deploy went."""

    result: DeployResult
    deploy_id: str | None
    status: DeployStatus | None
    seconds: int | None
    detail: str | None


class HealthResultDocument(Document):
    """What was seen of the service's health."""

    result: HealthResult
    detail: str | None


class ServiceResultDocument(Document):
    """Everything that was done to one service, or to one env group, which has no deploy of its own."""

    address: OwnerText
    target_id: str
    target_name: str
    succeeded: bool
    steps: list[StepResultDocument]
    verification: str | None
    deploy: DeployResultDocument
    health: HealthResultDocument
    restored: ServiceResultDocument | None


class ResultDocument(Document):
    """The result of `reconcile apply`: what was done, what was seen, and what was not reached."""

    format_version: str
    run: int
    plan_id: str
    digest: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    applied_by: str
    approved_by: list[str]
    succeeded: bool
    interrupted: bool
    trouble: list[str]
    services: list[ServiceResultDocument]


def result_json(result: ApplyResult) -> str:
    """Return the result's JSON text."""
    document = ResultDocument.model_validate(
        {
            "format_version": "1.0",
            "run": result.run_id,
            "plan_id": result.plan_id,
            "digest": result.digest,
            "started_at": result.started_at,
            "finished_at": result.finished_at,
            "applied_by": result.applied_by,
            "approved_by": result.approved_by,
            "succeeded": result.succeeded,
            "interrupted": result.interrupted,
            "trouble": result.trouble,
            "services": [_service(service) for service in result.services],
        }
    )
    return escaped_json(document.model_dump_json(indent=2))


def _service(service: ServiceOutcome) -> dict[str, object]:
    return {
        "address": str(service.owner),
        "target_id": service.target_id,
        "target_name": service.target_name,
        "succeeded": service.succeeded,
        "steps": [
            {"address": str(step.address), "action": step.action, "status": step.status, "detail": step.detail}
            for step in service.steps
        ],
        "verification": service.verification,
        "deploy": {name: getattr(service.deploy, name) for name in service.deploy.__slots__},
        "health": {name: getattr(service.health, name) for name in service.health.__slots__},
        "restored": None if service.restored is None else _service(service.restored),
    }


def load_result(text: str, file: str) -> ApplyResult:
    """Read a result back; what only the journal knows, such as whom a group reaches, is not in it.

    Raises `PlanFileError` for text that is none; `file` is its name, for messages.
    """
    if not text.strip():
        raise PlanFileError(
            f"{file} is empty: the apply ended without a result",
            remedy="it was refused, or failed before it began; its own output says why",
        )
    try:
        document = ResultDocument.model_validate_json(text)
    except ValidationError as error:
        raise PlanFileError(
            f"{file} is not a result: {first_mistake(error)}", remedy="make it with `reconcile apply --format json`"
        ) from None
    if document.format_version.partition(".")[0] != "1":
        raise PlanFileError(f"{file} has another format than 1.x", remedy="use the reconcile that made it")
    return ApplyResult(
        run_id=document.run,
        plan_id=document.plan_id,
        digest=document.digest,
        started_at=document.started_at,
        finished_at=document.finished_at,
        applied_by=document.applied_by,
        approved_by=tuple(document.approved_by),
        services=tuple(_outcome(service) for service in document.services),
        interrupted=document.interrupted,
        trouble=tuple(document.trouble),
    )


def _outcome(document: ServiceResultDocument) -> ServiceOutcome:
    deploy, health = document.deploy, document.health
    return ServiceOutcome(
        Owner.parse(document.address),
        document.target_id,
        document.target_name,
        tuple(
            StepOutcome(Address.parse(step.address), step.action, step.status, step.detail) for step in document.steps
        ),
        document.verification,
        DeployOutcome(deploy.result, deploy.deploy_id, deploy.status, deploy.seconds, deploy.detail),
        HealthOutcome(health.result, health.detail),
        restored=None if document.restored is None else _outcome(document.restored),
    )
