"""Build: put diffs, checks, limits and deploys together into one sorted plan and its digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind, Owner
from reconciler.domain.change import Action
from reconciler.domain.plan import Plan, PlanKind, Target
from reconciler.planning.canonical import desired_document, digest_of
from reconciler.planning.checks import check_differences, finding_order, replaced_findings, suspended_finding
from reconciler.planning.deploys import planned_deploy, reach_mode
from reconciler.planning.diff import diff
from reconciler.planning.digest import plan_digest
from reconciler.planning.estimate import estimate
from reconciler.planning.limits import limit_findings
from reconciler.planning.links import link_differences
from reconciler.planning.order import circle_findings, waits
from reconciler.planning.reach import reach_findings, reach_of, reached_by
from reconciler.planning.remembered import unproven_finding, waiting_finding
from reconciler.planning.rivals import rival_finding
from reconciler.planning.scope import within
from reconciler.planning.steps import GroupSteps, Prepared, ServiceSteps, pending, settled_of, steps_of
from reconciler.planning.wanted import Wants

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.domain.address import Address
    from reconciler.domain.finding import Finding
    from reconciler.domain.journal import Reach
    from reconciler.domain.plan import GroupReach, Permissions, Scope, WorkflowRun
    from reconciler.domain.state import DesiredState, Entry, LiveGroup, LiveService, LiveState
    from reconciler.domain.value import Secret
    from reconciler.planning.diff import Difference, ServiceDiff
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a plan, when, where, from which commit, and its random id: nothing that the digest covers."""

    plan_id: str
    created_at: datetime
    created_by: str
    commit: str | None = None
    workflow_run: WorkflowRun | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One entry in scope, what Render has of it, and how the two differ."""

    entry: Entry
    live: LiveService | LiveGroup
    difference: ServiceDiff


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

    `desired` is all that services.yaml says; `values` holds what the literals and references in scope stand for.
    """
    chosen = within(desired, scope)
    compared = _compared(desired, live, values, scope, key)
    differences = {owner: one.difference for owner, one in compared.items()}
    reaches = _reaches(chosen, live, differences)
    services, groups = _steps(desired, live, differences, reaches, remembered, permissions)
    findings = _findings(compared, permissions)
    by_owner = {owner: difference.differences for owner, difference in differences.items()}
    findings += check_differences(desired, live, values, by_owner, origin.created_at)
    findings += replaced_findings(desired, by_owner, origin.created_at)
    for reach in reaches:
        changed = pending(differences[reach.owner].differences)[0].change.address
        findings += reach_findings(desired, scope, reach, changed)
    for steps in services:
        if steps.target.suspended and (steps.steps or steps.reached_by):
            findings.append(suspended_finding(steps.desired))
        if waiting := remembered.waiting.get(steps.target.id):
            findings += waiting_finding(steps.desired, waiting, is_planned=steps.deploy is not None)
        elif steps.deploy is None and steps.desired.health and (run := remembered.unproven.get(steps.target.id)):
            findings.append(unproven_finding(steps.desired, run))
        if (synced := remembered.blueprints.get(steps.target.id)) is not None:
            findings.append(rival_finding(steps.desired, synced))
    findings += circle_findings((*groups, *services))
    changes = tuple(
        sorted(
            (item.change for difference in differences.values() for item in difference.differences),
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
        workflow_run=origin.workflow_run,
        scope=scope,
        permissions=permissions,
        config_digest=digest_of(desired_document(chosen, key)),
        key_id=key.key_id,
        targets=tuple(Target(owner, one.live.summary.id, one.live.summary.name) for owner, one in compared.items()),
        changes=changes,
        checks=tuple(sorted(findings, key=finding_order)),
        undeclared=tuple(address for difference in differences.values() for address in difference.undeclared),
        deploys=deploys,
        reaches=reaches,
        estimate=estimate(live, (*groups, *services)),
        digest="",
    )
    vouched = frozenset(
        steps.owner for steps in services if remembered.vouches_for(steps.target.id, _running(steps, differences), key)
    )
    looked_into: dict[Owner, LiveService | LiveGroup] = {**live.services, **live.elsewhere, **live.groups}
    kinds = {name: environment.kind for name, environment in desired.environments.items()}
    return Prepared(replace(plan, digest=plan_digest(plan)), services, groups, vouched, looked_into, live.left, kinds)


def _compared(
    desired: DesiredState, live: LiveState, values: Mapping[Address, Secret], scope: Scope, key: FingerprintKey
) -> dict[Owner, Comparison]:
    """Compare each service and group in scope, in the order of their addresses."""
    chosen, wants = within(desired, scope), Wants(desired, scope, live, values)
    found: dict[Owner, Comparison] = {}
    for owner, service in chosen.services.items():
        if owner in live.left:
            continue
        held = live.services[owner]
        difference = diff(service, held, wants, key)
        links = link_differences(service, held, live.groups)
        found[owner] = Comparison(service, held, replace(difference, differences=(*difference.differences, *links)))
    for owner, group in chosen.groups.items():
        found[owner] = Comparison(group, live.groups[owner], diff(group, live.groups[owner], wants, key))
    return dict(sorted(found.items(), key=lambda item: str(item[0])))


def _findings(compared: Mapping[Owner, Comparison], permissions: Permissions) -> list[Finding]:
    deletes = sum(
        item.change.action is Action.DELETE for one in compared.values() for item in one.difference.differences
    )
    found: list[Finding] = []
    for one in compared.values():
        differences = one.difference.differences
        found += one.difference.findings
        found += limit_findings(one.entry, one.live, differences, permissions, deletes)
    return found


def _reaches(chosen: DesiredState, live: LiveState, differences: Mapping[Owner, ServiceDiff]) -> tuple[GroupReach, ...]:
    """Return whom each changed group reaches."""
    linking: dict[Owner, list[Owner]] = {}
    for owner in chosen.services:
        for item in pending(differences[owner].differences) if owner in differences else ():
            if item.change.address.kind is Kind.ENV_GROUP_LINK:
                group = Owner(owner.environment, group=item.change.address.key)
                linking.setdefault(group, []).append(owner)
    return tuple(
        reach_of(chosen.groups[owner], live, linking.get(owner, ()))
        for owner in sorted(chosen.groups, key=str)
        if pending(differences[owner].differences)
    )


def _running(steps: ServiceSteps, differences: Mapping[Owner, ServiceDiff]) -> list[Difference] | None:
    """Return all that a service's deploy runs with: what is its own, and its groups'; `None` where not all is known."""
    groups = [Owner(steps.owner.environment, group=name) for name in steps.desired.env_groups]
    if any(group not in differences for group in groups):
        return None  # the plan is for chosen services, without their groups
    return [item for owner in (steps.owner, *groups) for item in differences[owner].differences]


def _steps(
    desired: DesiredState,
    live: LiveState,
    differences: Mapping[Owner, ServiceDiff],
    reaches: tuple[GroupReach, ...],
    remembered: Remembered,
    permissions: Permissions,
) -> tuple[tuple[ServiceSteps, ...], tuple[GroupSteps, ...]]:
    waiting = waits([item for difference in differences.values() for item in pending(difference.differences)])
    reached = reached_by(reaches)
    services: list[ServiceSteps] = []
    groups: list[GroupSteps] = []
    brought: dict[Owner, Reach] = {}
    for owner, difference in differences.items():
        if owner.service is None:
            continue
        service, held = desired.services[owner], live.services[owner]
        by = reached.get(owner, ())
        changed = [item.change.address for source in (owner, *by) for item in pending(differences[source].differences)]
        owed = remembered.owed(held.summary.id)
        brought[owner] = reach_mode(service, held, changed, desired, permissions, owed)
        deploy = planned_deploy(brought[owner], changed, owed)
        steps, settled = steps_of(difference, waiting), settled_of(difference)
        services.append(ServiceSteps(owner, held.summary, service, steps, settled, deploy, (brought[owner],), by))
    for reach in reaches:
        difference, group = differences[reach.owner], desired.groups[reach.owner]
        targets = tuple(brought[owner] for owner in reach.services if owner in brought)
        steps, settled = steps_of(difference, waiting), settled_of(difference)
        groups.append(GroupSteps(reach.owner, live.groups[reach.owner].summary, group, steps, settled, targets))
    return tuple(services), tuple(groups)
