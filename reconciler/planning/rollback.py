"""Rollback: the desired state that brings back what was there before a run.

It goes through the same planning as a desired state from `services.yaml`. From today's file it has everything but the
values: which service each one is, what protects it, how it is deployed and what proves it healthy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.definition import Definition, Generate, Recorded
from reconciler.domain.plan import Scope
from reconciler.domain.state import DeployMode
from reconciler.errors import RollbackError
from reconciler.planning.undoing import undoings_of, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.address import Address
    from reconciler.domain.journal import RunHistory
    from reconciler.domain.state import DesiredService, DesiredState
    from reconciler.errors import Location
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.sealing import SealingKey
    from reconciler.planning.undoing import Undoing


@dataclass(frozen=True, slots=True)
class Rollback:
    """What undoing a run means under today's `services.yaml`."""

    run_id: int
    scope: Scope
    desired: DesiredState
    """Today's desired state with no values in it but those that are wanted back."""
    undoings: tuple[Undoing, ...]
    left: Mapping[Address, str]
    """Addresses that are left as they are, and why."""


def rollback_scope(history: RunHistory, desired: DesiredState) -> Scope:
    """Return the environments and services that undoing a run is about.

    Raises `RollbackError` for a run that wrote nothing, or to what `services.yaml` no longer declares.
    """
    run = history.run.id
    owners = {step.address.owner for step in written(history)}
    if not owners:
        raise RollbackError(f"run {run} wrote nothing, so there is nothing to roll back")
    if gone := sorted(str(owner) for owner in owners - desired.services.keys() - desired.groups.keys()):
        raise RollbackError(
            f"run {run} wrote to {', '.join(gone)}, which {desired.file} does not declare any more",
            remedy="declare it again while it is rolled back, so that it is known what protects it",
        )
    environments = tuple(sorted({owner.environment for owner in owners}))
    # The variables of groups are planned only without chosen services.
    services = set() if any(owner.group for owner in owners) else {owner.name for owner in owners}
    return Scope(environments, tuple(sorted(services)))


def rollback_of(
    history: RunHistory, desired: DesiredState, key: FingerprintKey, sealing: SealingKey | None
) -> Rollback:
    """Return what undoing a run means.

    Raises `RollbackError` where it cannot be undone, and `StoreError` where what the journal kept was changed since.
    """
    scope = rollback_scope(history, desired)
    undoings = undoings_of(history, key, sealing)
    left = {undoing.address: why for undoing in undoings if (why := _left_because(undoing, desired)) is not None}
    builds = {record.owner for record in history.deploys if record.mode is DeployMode.BUILD_AND_DEPLOY}
    state = emptied(desired)
    for undoing in undoings:
        if undoing.address not in left:
            # Of a variable that is no longer declared, only the run's own deploy tells whether it needs a build.
            definition = _definition(undoing, desired, history.run.id, build_time=undoing.address.owner in builds)
            state = _with(state, undoing.address, definition)
    return Rollback(history.run.id, scope, state, undoings, left)


def emptied(desired: DesiredState) -> DesiredState:
    """Return a desired state that wants nothing of any service or group, and says all else of them."""
    return replace(
        desired,
        services={
            owner: replace(service, variables={}, secret_files={}, env_groups=(), prune=False)
            for owner, service in desired.services.items()
        },
        groups={owner: replace(group, variables={}) for owner, group in desired.groups.items()},
    )


def _left_because(undoing: Undoing, desired: DesiredState) -> str | None:
    address = undoing.address
    if address.kind is Kind.ENV_GROUP_LINK:
        return "reconcile never removes a link to an env group; unlink it on Render, if that is meant"
    service = desired.services.get(address.owner)
    if service is not None and any(fnmatchcase(address.key, pattern) for pattern in service.ignore):
        return f"{desired.file} says by now that it is ignored"
    if undoing.before is None and (nature := _kept_by_nature(undoing, desired)) is not None:
        return f"it was not there before, and {nature}: such a value is never deleted"
    return None


def _kept_by_nature(undoing: Undoing, desired: DesiredState) -> str | None:
    """Say why a value must neither be deleted nor changed without being asked for by name."""
    today = _today(undoing.address, desired)
    if today is not None and isinstance(today.source, Generate):
        return "it is generated"
    if today is not None and today.rotation_destructive:
        return "its rotation is destructive"
    return "it was generated, or its rotation was destructive" if undoing.is_kept else None


def _definition(undoing: Undoing, desired: DesiredState, run_id: int, *, build_time: bool) -> Definition:
    """Return the definition of an address as today's file has it, but for its source."""
    address, source = undoing.address, Recorded(run_id, undoing.previous)
    today = _today(address, desired) or Definition(
        address.key, source, location_of(address, desired), build_time=build_time
    )
    return replace(today, source=source, rotation_destructive=_kept_by_nature(undoing, desired) is not None)


def _today(address: Address, desired: DesiredState) -> Definition | None:
    if address.owner.group:
        return desired.groups[address.owner].variables.get(address.key)
    service = desired.services[address.owner]
    return (service.secret_files if address.kind is Kind.SECRET_FILE else service.variables).get(address.key)


def location_of(address: Address, desired: DesiredState) -> Location:
    """Return where today's file declares an address, or else its service or group."""
    today = _today(address, desired)
    owner = desired.groups[address.owner] if address.owner.group else desired.services[address.owner]
    return owner.location if today is None else today.location


def _with(state: DesiredState, address: Address, definition: Definition) -> DesiredState:
    """Return a desired state that wants one thing more."""
    owner = address.owner
    added = {address.key: definition}
    if owner.group:
        group = state.groups[owner]
        return replace(state, groups={**state.groups, owner: replace(group, variables={**group.variables, **added})})
    return replace(state, services={**state.services, owner: _holding(state.services[owner], address.kind, added)})


def _holding(service: DesiredService, kind: Kind, added: Mapping[str, Definition]) -> DesiredService:
    if kind is Kind.SECRET_FILE:
        return replace(service, secret_files={**service.secret_files, **added})
    return replace(service, variables={**service.variables, **added})
