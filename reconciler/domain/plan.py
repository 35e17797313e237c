"""A plan: plain, sorted, reloadable data that says exactly what an apply would do, and nothing secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.state import DeployMode, LinkedService

FORMAT_VERSION = "1.0"


class PlanKind(StrEnum):
    """What a plan is for."""

    APPLY = "apply"
    ROLLBACK = "rollback"


class OnFailure(StrEnum):
    """What an apply does when a deploy fails or health does not come."""

    STOP = "stop"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a plan may do beyond the ordinary; part of what is approved."""

    allow_deletes: int | None = None
    allow_rotation: tuple[str, ...] = ()
    no_deploy: bool = False
    on_failure: OnFailure = OnFailure.STOP
    ephemeral_store: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """The environments and services that a plan is about; no services means all of them."""

    environments: tuple[str, ...]
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The service or env group on Render that an owner resolved to."""

    owner: Owner
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PlannedDeploy:
    """One deploy that follows the writes to a service, or to a group that it is linked to."""

    owner: Owner
    target_id: str
    mode: DeployMode
    owed_by: int | None = None
    """The earlier run whose writes, all of them done, still wait for a deploy; `None` where this plan writes."""


@dataclass(frozen=True, slots=True)
class GroupReach:
    """Whom the changes of an env group reach: every service that is linked to it, or gets linked by the plan."""

    owner: Owner
    services: tuple[Owner, ...]
    """Services of services.yaml, of whatever environment."""
    undeclared: tuple[LinkedService, ...] = ()
    """Services that only Render knows: nothing here deploys them."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What planning spent and what applying would: requests, deploys, and seconds of API calls."""

    reads: Mapping[str, int] = field(default_factory=dict)
    writes: int = 0
    deploys: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of a plan."""

    add: int
    change: int
    destroy: int
    unchanged: int
    undeclared: int
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run of GitHub's Actions, by what a job is told of itself; the attempt counts from 1."""

    repository: str
    id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done; the digest stands for all of it that an approver answers for."""

    plan_id: str
    kind: PlanKind
    created_at: datetime
    created_by: str
    scope: Scope
    permissions: Permissions
    config_digest: str
    key_id: str
    targets: tuple[Target, ...]
    changes: tuple[ResourceChange, ...]
    checks: tuple[Finding, ...]
    undeclared: tuple[Address, ...]
    deploys: tuple[PlannedDeploy, ...]
    estimate: Estimate
    digest: str
    reaches: tuple[GroupReach, ...] = ()
    """One for each env group that the plan changes."""
    commit: str | None = None
    run: int | None = None
    """The run that a rollback undoes; `None` for every other kind."""
    workflow_run: WorkflowRun | None = None
    """Where it was made, if in GitHub's Actions: claimed, not covered by the digest, and to be held against GitHub."""
    format_version: str = FORMAT_VERSION

    @property
    def summary(self) -> Summary:
        """Count what the plan holds."""
        actions = [change.action for change in self.changes]
        severities = [check.severity for check in self.checks]
        return Summary(
            add=actions.count(Action.CREATE),
            change=actions.count(Action.UPDATE),
            destroy=actions.count(Action.DELETE),
            unchanged=actions.count(Action.NO_OP),
            undeclared=len(self.undeclared),
            errors=severities.count(Severity.ERROR),
            warnings=severities.count(Severity.WARNING),
        )

    @property
    def pending(self) -> tuple[ResourceChange, ...]:
        """The changes that would write something."""
        return tuple(change for change in self.changes if change.action is not Action.NO_OP)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do: no write, and no deploy that is owed."""
        return not self.pending and not self.deploys
