"""What an apply did, as JSON; `schema/result.schema.json` is made from these models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import AwareDatetime

from reconciler.domain.change import Action
from reconciler.domain.deploy import DeployStatus
from reconciler.domain.outcome import DeployResult, HealthResult, StepStatus
from reconciler.planning.plan_document import AddressText, Document, OwnerText
from reconciler.planning.plan_file import escaped_json

if TYPE_CHECKING:
    from reconciler.domain.outcome import ApplyResult, ServiceOutcome


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
    """Everything that was done to one service."""

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
