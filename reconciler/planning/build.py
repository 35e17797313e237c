"""Build: put diffs, checks, limits and deploys together into one sorted plan and its digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.journal import Reach
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
from reconciler.planning.remembered import waiting_finding
from reconciler.planning.steps import Prepared, ServiceSteps, steps_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.domain.address import Address
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.journal import OwedDeploy
    from reconciler.domain.plan import Permissions, Scope
    from reconciler.domain.state import DesiredService, DesiredState, LiveService, LiveState
    from reconciler.domain.value import Secret
    from reconciler.planning.diff import ServiceDiff
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a plan, when, from which commit, and its random id: nothing that the digest covers."""

    plan_id: str
    created_at: datetime
    created_by: str
    commit: str | None = None


def build(  # noqa: PLR0913 — the seven things that a plan is made of, each a noun of its own, and who made it
    desired: DesiredState,
    live: LiveState,
    values: Mapping[Address, Secret],
    remembered: Remembered,
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
        owed = remembered.owed(held.summary.id)
        reach = Reach(
            owner,
            held.summary.id,
            _mode(service, held, difference, owed),
            is_left_out=permissions.no_deploy or held.summary.suspended,
        )
        deploy = _deploy(reach, difference, owed)
        if held.summary.suspended and _pending(difference):
            findings.append(suspended_finding(service))
        waiting = remembered.waiting.get(held.summary.id)
        if waiting and (finding := waiting_finding(service, waiting, is_planned=deploy is not None)):
            findings.append(finding)
        services.append(steps_of(service, held.summary, difference, deploy, (reach,)))
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
    vouched = frozenset(
        owner
        for owner, difference in diffs.items()
        if remembered.vouches_for(live.services[owner].summary.id, difference.differences, key)
    )
    return Prepared(replace(plan, digest=plan_digest(plan)), tuple(services), vouched)


def _pending(difference: ServiceDiff) -> list[ResourceChange]:
    return [item.change for item in difference.differences if item.change.action is not Action.NO_OP]


def _deploy(reach: Reach, difference: ServiceDiff, owed: OwedDeploy | None) -> PlannedDeploy | None:
    """Plan the one deploy that a service needs, for what the plan writes or for what earlier runs did."""
    pending = _pending(difference)
    if reach.is_left_out or not (pending or owed):
        return None
    owed_by = owed.run_id if owed and not pending else None
    return PlannedDeploy(reach.owner, reach.target_id, reach.mode, owed_by)


def _mode(service: DesiredService, live: LiveService, difference: ServiceDiff, owed: OwedDeploy | None) -> DeployMode:
    """Return the mode that a service is deployed in: without a build wherever nothing needs one."""
    definitions = {**service.secret_files, **service.variables}
    needs_build = (
        live.summary.type is ServiceType.STATIC_SITE
        or (owed is not None and owed.mode is DeployMode.BUILD_AND_DEPLOY)
        or any(
            change.address.key in definitions and definitions[change.address.key].build_time
            for change in _pending(difference)
        )
    )
    inferred = DeployMode.BUILD_AND_DEPLOY if needs_build else DeployMode.DEPLOY_ONLY
    return service.deploy.mode or inferred
