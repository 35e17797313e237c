"""The digest: one number for all that an approver answers for, computable from the plan file alone.

Covered: format version, kind, the run that a rollback undoes, scope, targets, the meaning of the configuration
(`config_digest`: desired state, protection and approvers), permissions, the changes and deploys with their keyed
fingerprints, and whom env groups reach. Not covered, because they change nothing that is done: no-ops, undeclared keys,
commit, times, order, warnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.domain.change import Action
from reconciler.domain.value import Hidden, KnownAfterApply, Shown
from reconciler.planning.canonical import digest_of

if TYPE_CHECKING:
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.definition import Json
    from reconciler.domain.plan import GroupReach, Permissions, Plan
    from reconciler.domain.value import Side


def plan_digest(plan: Plan) -> str:
    """Return the SHA-256 that stands for a plan, in hexadecimal; the digest it carries is not read."""
    pending = [change for change in plan.changes if change.action is not Action.NO_OP]
    return digest_of(
        {
            "format_version": plan.format_version,
            "kind": plan.kind,
            "run": plan.run,
            "scope": {
                "environments": [*sorted(plan.scope.environments)],
                "services": [*sorted(plan.scope.services)],
            },
            "permissions": _permissions(plan.permissions),
            "config_digest": plan.config_digest,
            "targets": {str(target.owner): [target.id, target.name] for target in plan.targets},
            "changes": {str(change.address): _change(change) for change in pending},
            "deploys": {str(deploy.owner): [deploy.target_id, deploy.mode, deploy.owed_by] for deploy in plan.deploys},
            "reaches": {str(reach.owner): _reach(reach) for reach in plan.reaches},
        }
    )


def side_document(side: Side | None) -> Json:
    """Return one side of a change as JSON: the form of plan files, and what the digest covers."""
    match side:
        case None:
            return None
        case Shown(value):
            return {"value": value}
        case Hidden(fingerprint):
            return {"fingerprint": fingerprint}
        case KnownAfterApply():
            return {"known_after_apply": True}
        case _:
            assert_never(side)


def _change(change: ResourceChange) -> Json:
    return {
        "action": change.action,
        "reason": change.reason,
        "target_id": change.target_id,
        "before": side_document(change.before),
        "after": side_document(change.after),
        "source": change.source,
    }


def _reach(reach: GroupReach) -> Json:
    return {
        "services": [str(owner) for owner in reach.services],
        "undeclared": [[link.id, link.name] for link in reach.undeclared],
    }


def _permissions(permissions: Permissions) -> Json:
    return {
        "allow_deletes": permissions.allow_deletes,
        "allow_rotation": [*sorted(permissions.allow_rotation)],
        "no_deploy": permissions.no_deploy,
        "on_failure": permissions.on_failure,
        "ephemeral_store": permissions.ephemeral_store,
    }
