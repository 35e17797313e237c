"""Plans of any size with any text in them, such as no service ever had."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.change import Action, Reason, ResourceChange
from reconciler.domain.deploy import DeployStatus
from reconciler.domain.finding import Finding, Severity
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
from reconciler.domain.plan import Estimate, Permissions, Plan, PlanKind, PlannedDeploy, Scope, Target
from reconciler.domain.state import DeployMode
from reconciler.domain.value import Fingerprint, Hidden, Shown
from reconciler.errors import Location
from reconciler.planning.digest import plan_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

MADE = datetime(2026, 11, 23, 10, 20, tzinfo=UTC)
COMMIT = "c" * 40


def hidden(text: str) -> Hidden:
    return Hidden(Fingerprint(hashlib.sha256(text.encode()).hexdigest()[:32]))


def change_of(owner: Owner, key: str, action: Action, value: str = "info", source: str = "literal") -> ResourceChange:
    reason = {Action.CREATE: Reason.MISSING, Action.UPDATE: Reason.DIFFERENT, Action.DELETE: Reason.PRUNED}[action]
    before = None if action is Action.CREATE else hidden(key)
    after = None if action is Action.DELETE else Shown(value)
    return ResourceChange(Address(owner, Kind.ENV_VAR, key), f"srv-{owner.name}", action, reason, before, after, source)


def plan_of(
    changes: Sequence[ResourceChange],
    checks: Sequence[Finding] = (),
    *,
    names: str = "worker on Render",
    created_by: str = "alice",
) -> Plan:
    ordered = tuple(sorted(changes, key=lambda change: change.address.sort_key))
    owners = sorted({change.address.owner for change in changes}, key=str)
    targets = tuple(Target(owner, f"srv-{owner.name}", names) for owner in owners)
    deploys = tuple(PlannedDeploy(target.owner, target.id, DeployMode.DEPLOY_ONLY) for target in targets)
    plan = Plan(
        plan_id="plan-0123456789abcdef",
        kind=PlanKind.APPLY,
        created_at=MADE,
        created_by=created_by,
        scope=Scope(("production",)),
        permissions=Permissions(),
        config_digest="c" * 64,
        key_id="plan-0a1b2c3d",
        targets=targets,
        changes=ordered,
        checks=tuple(checks),
        undeclared=(),
        deploys=deploys,
        estimate=Estimate({}, len(ordered), len(deploys), 6),
        digest="",
        commit=COMMIT,
    )
    return dataclasses.replace(plan, digest=plan_digest(plan))


def big_plan(size: int, *, deletions: int = 0, errors: int = 0, services: int = 20) -> Plan:
    """A plan of as many changes, spread over services."""
    owners = [Owner("production", service=f"service-{number:03}") for number in range(min(services, size))]
    changes = [
        change_of(
            owners[number % len(owners)],
            f"SOME_VARIABLE_{number:05}",
            Action.DELETE if number < deletions else (Action.CREATE, Action.UPDATE)[number % 2],
        )
        for number in range(size)
    ]
    checks = [error(f"check {number} failed", changes[number].address, number + 1) for number in range(errors)]
    return plan_of(changes, checks)


def error(message: str, address: Address | None = None, line: int = 1) -> Finding:
    place = Location("services.yaml", line, 7)
    return Finding("RC013", "suspended", Severity.ERROR, message, address, place, "mend it")


def result_of(plan: Plan, *, fails: str = "", detail: str | None = None, by: str = "alice") -> ApplyResult:
    """What came of a plan: all of it, but for the service that fails."""
    services = []
    for target in plan.targets:
        good = target.owner.name != fails
        status = StepStatus.DONE if good else StepStatus.CONFLICT
        steps = [
            StepOutcome(change.address, change.action, status, None if good else detail)
            for change in plan.pending
            if change.address.owner == target.owner
        ]
        deploy = DeployOutcome(DeployResult.LIVE, "dep-1", DeployStatus.LIVE, 7)
        left = DeployOutcome(DeployResult.NOT_REQUESTED)
        health = HealthOutcome(HealthResult.HEALTHY if good else HealthResult.NOT_CHECKED, detail)
        services.append(
            ServiceOutcome(target.owner, target.id, target.name, tuple(steps), None, deploy if good else left, health)
        )
    ended = MADE + timedelta(minutes=1)
    return ApplyResult(12, plan.plan_id, plan.digest, MADE, ended, by, ("bob",), tuple(services))
