"""Contradictions: what no plan of reconcile says, however it was changed, digest included.

The digest is over maps by address and owner, so that order means nothing to it; a file with one address twice would
show both and stand for the last. Whatever is shown of a plan has to be what the digest stands for, so each part may
be there only once, and says the same as the parts it belongs to.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.change import Action, Reason
from reconciler.domain.plan import PlanKind
from reconciler.domain.value import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.domain.change import ResourceChange
    from reconciler.domain.plan import Plan
    from reconciler.planning.plan_document import PlanDocument, ResourceChangeDocument

_REASONS = {
    Action.CREATE: {Reason.MISSING},
    Action.UPDATE: {Reason.DIFFERENT},
    Action.DELETE: {Reason.ABSENT, Reason.PRUNED, Reason.ROLLED_BACK},
    Action.NO_OP: {Reason.EQUAL, Reason.KEPT, Reason.GONE},
}


def contradiction_in(document: PlanDocument, plan: Plan) -> str | None:
    """Return what is wrong with a plan, read from a document, that does not fit together; nothing where it does."""
    return (
        _of_another_kind(plan)
        or _out_of_order(plan)
        or _outside_of_scope(plan)
        or _ownerless(plan)
        or _misreached(plan)
        or next(
            (
                f"{change.address}: {fault}"
                for written, change in zip(document.resource_changes, plan.changes, strict=True)
                if (fault := _fault(written, change))
            ),
            None,
        )
        or _miscounted(document, plan)
    )


def _of_another_kind(plan: Plan) -> str | None:
    is_rollback = plan.kind is PlanKind.ROLLBACK
    if is_rollback is (plan.run is None):
        return "it names the run to roll back, or does not, against its kind"
    deletes = {change.reason for change in plan.changes if change.action is Action.DELETE}
    if deletes - ({Reason.ROLLED_BACK} if is_rollback else {Reason.ABSENT, Reason.PRUNED}):
        return "it deletes for a reason that plans of its kind do not have"
    return None


def _out_of_order(plan: Plan) -> str | None:
    changes = [change.address.sort_key for change in plan.changes]
    targets = [str(target.owner) for target in plan.targets]
    deploys = [str(deploy.owner) for deploy in plan.deploys]
    if not _rises(targets):
        return "its targets are not each there once, in order"
    if not _rises(changes):
        return "its changes are not each there once, in order"
    if not _rises(deploys):
        return "its deploys are not each there once, in order"
    if not _rises([str(reach.owner) for reach in plan.reaches]):
        return "its groups' reaches are not each there once, in order"
    for reach in plan.reaches:
        links = [link.id for link in reach.undeclared]
        if not _rises([str(owner) for owner in reach.services]) or not _rises(links):
            return f"what {reach.owner} reaches is not each there once, in order"
    if not _rises(plan.scope.environments) or not _rises(plan.scope.services):
        return "its scope is not in order"
    if len(set(plan.undeclared)) < len(plan.undeclared):
        return "an undeclared address is there twice"
    return None


def _rises(items: Iterable[str | tuple[str, ...]]) -> bool:
    return all(one < other for one, other in pairwise(items))  # type: ignore[operator]  # all of them are of one type


def _outside_of_scope(plan: Plan) -> str | None:
    for target in plan.targets:
        owner, scope = target.owner, plan.scope
        if owner.environment not in scope.environments or (scope.services and owner.service not in scope.services):
            return f"{owner} is not in its scope"
    return None


def _ownerless(plan: Plan) -> str | None:
    """Say which part is about an owner that is no target, or about another one on Render than its target."""
    targets = {target.owner: target.id for target in plan.targets}
    if len(set(targets.values())) < len(targets):
        return "two targets are one on Render"
    for change in plan.changes:
        if targets.get(change.address.owner) != change.target_id:
            return f"{change.address} is not of a target"
    for deploy in plan.deploys:
        if targets.get(deploy.owner) != deploy.target_id or deploy.owner.service is None:
            return f"the deploy of {deploy.owner} is not of a target"
    changed = {change.address for change in plan.changes}
    for address in plan.undeclared:
        if address.owner not in targets or address in changed:
            return f"{address} is not undeclared at a target"
    for check in plan.checks:
        if check.address is not None and check.address.owner not in targets:
            return f"a check of {check.address} is not of a target"
    return None


def _misreached(plan: Plan) -> str | None:
    changed = {change.address.owner for change in plan.pending if change.address.owner.group is not None}
    if {reach.owner for reach in plan.reaches} != changed:
        return "its reaches are not those of the groups that it changes"
    if any(owner.service is None for reach in plan.reaches for owner in reach.services):
        return "a group reaches what is no service"
    return None


def _fault(written: ResourceChangeDocument, change: ResourceChange) -> str | None:
    """Say how one change does not fit together: its members with its address, its values with what is done."""
    owner = change.address.owner
    members = (written.environment, written.service, written.group, written.kind, written.key)
    if members != (owner.environment, owner.service, owner.group, change.address.kind, change.address.key):
        return "its members are about another address"
    if change.reason not in _REASONS[change.action]:
        return f"{change.action} is not done for that reason"
    if change.address.kind is Kind.ENV_GROUP_LINK and (
        change.action not in {Action.CREATE, Action.NO_OP} or not isinstance(change.after, Shown)
    ):
        return "a link to an env group is only ever made, to the group of an id"
    before, after = change.before is not None, change.after is not None
    fits = {
        Action.CREATE: not before and after,
        Action.UPDATE: before and after,
        Action.DELETE: before and not after,
        Action.NO_OP: before == after,
    }
    if not fits[change.action]:
        return f"its values do not fit {change.action}"
    for side, sensitive in (
        (change.before, written.change.before_sensitive),
        (change.after, written.change.after_sensitive),
    ):
        if sensitive is not (side is not None and not isinstance(side, Shown)):
            return "a value is not as sensitive as it says"
    return None


def _miscounted(document: PlanDocument, plan: Plan) -> str | None:
    written = {name: getattr(document.summary, name) for name in plan.summary.__slots__}
    if written != {name: getattr(plan.summary, name) for name in plan.summary.__slots__}:
        return "its summary does not count what is there"
    if (plan.estimate.writes, plan.estimate.deploys) != (len(plan.pending), len(plan.deploys)):
        return "its estimate does not count what is there"
    return None
