"""Outcomes: what an apply did, what it saw, and what it did not get to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.change import Action
    from reconciler.domain.deploy import DeployStatus


class StepStatus(StrEnum):
    """How one write ended."""

    DONE = "done"
    CONFLICT = "conflict"
    """Somebody changed the value since the plan was made; it was not overwritten."""
    FAILED = "failed"
    """Render refused the write; nothing was changed."""
    UNKNOWN = "unknown"
    """The answer was lost: the write may or may not have happened."""
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How the write at one address ended."""

    address: Address
    action: Action
    status: StepStatus
    detail: str | None = None
    was_sent: bool = False
    """Whether Render said that it was done, or never answered, although that is not what it has now."""


class DeployResult(StrEnum):
    """What became of the deploy that a service's writes asked for."""

    LIVE = "live"
    LIVE_BY_ANOTHER = "live_by_another"
    """A newer deploy took over and is live; it was created after the last write, so it has the new values."""
    FAILED = "failed"
    CANCELED = "canceled"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"
    PENDING = "pending"
    """Left out on purpose (`--no-deploy`, a suspended service): the values wait for the next deploy."""
    NOT_REQUESTED = "not_requested"
    """Because the writes did not all succeed."""
    NOT_NEEDED = "not_needed"
    """An env group has no deploy of its own; the services that it reaches have theirs."""


@dataclass(frozen=True, slots=True)
class DeployOutcome:
    """How the deploy went; `deploy_id` is the one that ended up running, or was last seen."""

    result: DeployResult
    deploy_id: str | None = None
    status: DeployStatus | None = None
    seconds: int | None = None
    """Whole seconds from the request to the end."""
    detail: str | None = None


class HealthResult(StrEnum):
    """Whether the service was seen to be healthy."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"
    """It could not be judged, which is not health."""
    NOT_DECLARED = "not_declared"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class HealthOutcome:
    """What was seen of the service's health."""

    result: HealthResult
    detail: str | None = None


_WITHOUT_REQUEST = frozenset({DeployResult.PENDING, DeployResult.NOT_REQUESTED, DeployResult.NOT_NEEDED})

_AS_PLANNED = frozenset(
    {DeployResult.LIVE, DeployResult.LIVE_BY_ANOTHER, DeployResult.PENDING, DeployResult.NOT_NEEDED}
)


@dataclass(frozen=True, slots=True)
class ServiceOutcome:
    """Everything that an apply did to one service, or to one env group."""

    owner: Owner
    target_id: str
    target_name: str
    steps: tuple[StepOutcome, ...]
    verification: str | None
    """What did not match when the service was read once more; `None` where it matched or was not reached."""
    deploy: DeployOutcome
    health: HealthOutcome
    reached_by: tuple[Owner, ...] = ()
    """The env groups whose changes reach it."""
    restored: ServiceOutcome | None = None
    """How putting the previous values back went, where that was done because the new ones did not work."""
    not_restored: tuple[Owner, ...] = ()
    """The env groups whose new values it did not work with, and which keep them: others are linked to them, too."""

    @property
    def did_not_work(self) -> bool:
        """Whether the new values were written and are known not to bring the service up."""
        return (
            self.deploy.result in {DeployResult.FAILED, DeployResult.CANCELED, DeployResult.TIMED_OUT}
            or self.health.result is HealthResult.UNHEALTHY
        )

    @property
    def succeeded(self) -> bool:
        """Whether everything that was meant to happen here was seen to have happened."""
        return (
            all(step.status is StepStatus.DONE for step in self.steps)
            and self.verification is None
            and self.deploy.result in _AS_PLANNED
            and self.health.result in {HealthResult.HEALTHY, HealthResult.NOT_DECLARED, HealthResult.NOT_CHECKED}
        )

    @property
    def wrote_anything(self) -> bool:
        """Whether values on Render may have been changed, even if somebody has changed them again since."""
        return self.may_hold_values or any(step.was_sent for step in self.steps)

    @property
    def may_hold_values(self) -> bool:
        """Whether it may have a value of this apply."""
        return any(step.status in {StepStatus.DONE, StepStatus.UNKNOWN} for step in self.steps)

    @property
    def changed_anything(self) -> bool:
        """Whether Render may have been changed: by a write, or by a deploy of what was written earlier."""
        return self.wrote_anything or self.deploy.result not in _WITHOUT_REQUEST


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What one apply did, service by service."""

    run_id: int
    """Its number in the journal."""
    plan_id: str
    digest: str
    started_at: datetime
    finished_at: datetime
    applied_by: str
    approved_by: tuple[str, ...]
    services: tuple[ServiceOutcome, ...]
    interrupted: bool = False
    trouble: tuple[str, ...] = ()
    """What could not be noted in the journal afterwards."""

    @property
    def succeeded(self) -> bool:
        """Whether every service ended as the plan said, and the journal knows it."""
        return not self.interrupted and not self.trouble and all(service.succeeded for service in self.services)
