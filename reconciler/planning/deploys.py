"""Deploys: the one deploy that a service needs for what changes of it and of its env groups, and in which mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.address import Kind, Owner
from reconciler.domain.journal import Reach
from reconciler.domain.plan import PlannedDeploy
from reconciler.domain.state import DeployMode, ServiceType
from reconciler.planning.values import declared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.journal import OwedDeploy
    from reconciler.domain.plan import Permissions
    from reconciler.domain.state import DesiredService, DesiredState, LiveService


def reach_mode(
    service: DesiredService,
    live: LiveService,
    changed: Sequence[Address],
    desired: DesiredState,
    permissions: Permissions,
    owed: OwedDeploy | None,
) -> Reach:
    """Return the deploy that brings a service and its groups' changes to life, without a build unless one needs it.

    A read-only service is never deployed, not even for the values of an earlier run: that would be done to it, too.
    """
    needs_build = live.summary.type is ServiceType.STATIC_SITE or any(
        _is_built_in(address, desired) for address in changed
    )
    inferred = DeployMode.BUILD_AND_DEPLOY if needs_build else DeployMode.DEPLOY_ONLY
    if owed is not None and owed.mode is DeployMode.BUILD_AND_DEPLOY:
        # Whatever the file says by now: nothing less pays what is owed, and every plan would ask for it again.
        mode = DeployMode.BUILD_AND_DEPLOY
    else:
        mode = service.deploy.mode or inferred
    return Reach(
        service.owner,
        live.summary.id,
        mode,
        # A deploy is more than looking: what an earlier run owes a service that is read-only by now is left to people.
        is_left_out=permissions.no_deploy or live.summary.suspended or service.read_only,
    )


def planned_deploy(reach: Reach, changed: Sequence[Address], owed: OwedDeploy | None) -> PlannedDeploy | None:
    """Return the deploy as a plan has it, for what it changes or for what an earlier run did.

    There is none where nothing needs one, or where it is left to somebody else.
    """
    if reach.is_left_out or not (changed or owed):
        return None
    owed_by = owed.run_id if owed and not changed else None
    return PlannedDeploy(reach.owner, reach.target_id, reach.mode, owed_by)


def _is_built_in(address: Address, desired: DesiredState) -> bool:
    """Tell whether a change has to be built in: of a build-time value, or of a link to a group that has any."""
    owner = address.owner
    if address.kind is Kind.ENV_GROUP_LINK:
        group = desired.groups[Owner(owner.environment, group=address.key)]
        return any(definition.build_time for definition in group.variables.values())
    entry = desired.services[owner] if owner.service else desired.groups[owner]
    return any(item.definition.build_time for item in declared(entry) if item.address == address)
