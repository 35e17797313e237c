"""Build: put diffs, checks, limits and deploys together into one sorted plan and its digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.plan import Plan, PlanKind, PlannedDeploy, Target
from reconciler.domain.state import DeployMode, ServiceType
from reconciler.planning.canonical import desired_document, digest_of
from reconciler.planning.checks import (
    check_differences,
    finding_order,
    group_finding,
    not_available_findings,
    replaced_findings,
    suspended_finding,
)
from reconciler.planning.diff import diff
from reconciler.planning.digest import plan_digest
from reconciler.planning.estimate import estimate
from reconciler.planning.limits import limit_findings
from reconciler.planning.steps import Prepared, ServiceSteps, steps_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.domain.address import Address
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.plan import Permissions, Scope
    from reconciler.domain.state import DesiredService, DesiredState, LiveService, LiveState
    from reconciler.domain.value import Secret
    from reconciler.planning.diff import ServiceDiff
    from reconciler.planning.fingerprint import FingerprintKey


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a plan, when, from which commit, and its random id: nothing that the digest covers."""

    plan_id: str
    created_at: datetime
    created_by: str
    commit: str | None = None


def build(  # noqa: PLR0913 — the six things that a plan is made of, each a noun of its own, and who made it
    desired: DesiredState,
    live: LiveState,
    values: Mapping[Address, Secret],
    *,
    scope: Scope,
    permissions: Permissions,
    key: FingerprintKey,
    origin: Origin,
) -> Prepared:
    """Compare desired with live and return the plan with its steps.

    `desired` is what is in scope already; `values` holds what its literals and references stand for.
    """
    diffs = {
        owner: diff(service, live.services[owner], values, key)
        for owner, service in sorted(desired.services.items(), key=lambda item: str(item[0]))
    }
    total_deletes = sum(
        item.change.action is Action.DELETE for difference in diffs.values() for item in difference.differences
    )
    findings: list[Finding] = []
    services: list[ServiceSteps] = []
    for owner, difference in diffs.items():
        service, held = desired.services[owner], live.services[owner]
        findings += difference.findings
        findings += check_differences(service, difference.differences)
        findings += replaced_findings(service, difference.differences)
        findings += limit_findings(service, held, difference.differences, permissions, total_deletes)
        findings += not_available_findings(service)
        deploy = _deploy(service, held, difference, permissions)
        if held.summary.suspended and _pending(difference):
            findings.append(suspended_finding(service))
        services.append(steps_of(service, held.summary, difference, deploy))
    findings += [group_finding(group) for group in desired.groups.values()]
    targets = tuple(
        Target(owner, live.services[owner].summary.id, live.services[owner].summary.name) for owner in diffs
    )
    changes = tuple(
        sorted(
            (item.change for difference in diffs.values() for item in difference.differences),
            key=lambda change: change.address.sort_key,
        )
    )
    deploys = tuple(steps.deploy for steps in services if steps.deploy is not None)
    plan = Plan(
        plan_id=origin.plan_id,
        kind=PlanKind.APPLY,
        created_at=origin.created_at,
        created_by=origin.created_by,
        commit=origin.commit,
        scope=scope,
        permissions=permissions,
        config_digest=digest_of(desired_document(desired, key)),
        key_id=key.key_id,
        targets=targets,
        changes=changes,
        checks=tuple(sorted(findings, key=finding_order)),
        undeclared=tuple(address for difference in diffs.values() for address in difference.undeclared),
        deploys=deploys,
        estimate=estimate(live.reads, changes, deploys),
        digest="",
    )
    return Prepared(replace(plan, digest=plan_digest(plan)), tuple(services))


def _pending(difference: ServiceDiff) -> list[ResourceChange]:
    return [item.change for item in difference.differences if item.change.action is not Action.NO_OP]


def _deploy(
    service: DesiredService, live: LiveService, difference: ServiceDiff, permissions: Permissions
) -> PlannedDeploy | None:
    """Plan the one deploy that a changed service needs: without a build wherever nothing needs one."""
    pending = _pending(difference)
    if not pending or permissions.no_deploy or live.summary.suspended:
        return None
    definitions = {**service.secret_files, **service.variables}
    needs_build = live.summary.type is ServiceType.STATIC_SITE or any(
        change.address.key in definitions and definitions[change.address.key].build_time for change in pending
    )
    inferred = DeployMode.BUILD_AND_DEPLOY if needs_build else DeployMode.DEPLOY_ONLY
    return PlannedDeploy(service.owner, live.summary.id, service.deploy.mode or inferred)
