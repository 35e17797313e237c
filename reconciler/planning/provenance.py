"""Provenance: tell a change on Render from one in `services.yaml`, and name who made it only where that is certain.

The journal says what was last applied at an address. Render's audit log says who changed which service's variables,
never which variable; so a name stands beside one variable only where everybody who changed anything there since is
the same one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.audit import ActorType, EventKind
from reconciler.domain.change import Action
from reconciler.domain.provenance import ChangeOrigin, Provenance
from reconciler.domain.value import Hidden, KnownAfterApply, Secret, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.audit import AuditTrail, VariableEvent
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.journal import Applied
    from reconciler.domain.value import Fingerprint, Side
    from reconciler.planning.fingerprint import FingerprintKey

CLOCKS_APART = timedelta(minutes=1)
"""How far the store's clock and Render's may differ, with the time that a write takes."""


def origin_of(change: ResourceChange, applied: Applied | None, key: FingerprintKey) -> ChangeOrigin | None:
    """Tell which side changed since the last apply; `None` where no apply is known that this can be measured by."""
    if applied is None or applied.target_id != change.target_id or applied.key_id != key.key_id:
        return None
    on_render = _fingerprint(change.before, key) != applied.fingerprint
    if isinstance(change.after, KnownAfterApply):
        # It is made where there is none: what was made before would have been kept.
        in_file = applied.fingerprint is None
    else:
        in_file = _fingerprint(change.after, key) != applied.fingerprint
    match on_render, in_file:
        case True, True:
            return ChangeOrigin.BOTH
        case True, False:
            return ChangeOrigin.RENDER
        case False, True:
            return ChangeOrigin.DESIRED
        case _:
            return None


def may_come_from_render(change: ResourceChange, origin: ChangeOrigin | None) -> bool:
    """Whether somebody's change on Render may be behind a difference, so that it is worth asking whose."""
    return change.action is not Action.NO_OP and origin is not ChangeOrigin.DESIRED


def provenances_of(
    changes: Iterable[ResourceChange],
    origins: Mapping[Address, ChangeOrigin | None],
    applied: Mapping[Address, Applied],
    trails: Mapping[str, AuditTrail],
) -> dict[Address, Provenance]:
    """Return where differences come from, for those whose origin is known.

    `trails` holds what audit logs say, by the id of the service. A name stands beside a change only where all that may
    have made it are the same.
    """
    found: dict[Address, Provenance] = {}
    for change in changes:
        address = change.address
        if (origin := origins[address]) is None:
            continue
        trail = trails.get(change.target_id)
        suspects: list[VariableEvent] = []
        if trail is not None and origin is not ChangeOrigin.DESIRED:
            suspects = _suspects(change, applied[address], applied.values(), trail)
        actors = {(event.actor_type, event.actor) for event in suspects}
        is_certain = len(actors) == 1 and suspects[0].actor is not None
        found[address] = Provenance(origin, suspects[0] if is_certain else None, is_certain and len(suspects) > 1)
    return found


def last_change(service_id: str, trail: AuditTrail | None) -> VariableEvent | None:
    """Return the last change of a service's variables or secret files."""
    events = () if trail is None else trail.events
    return next((event for event in events if event.service_id == service_id and _is_change(event)), None)


def last_blueprint(service_id: str, trail: AuditTrail | None) -> VariableEvent | None:
    """Return when a Blueprint was last applied to a service."""
    events = () if trail is None else trail.events
    return next((event for event in events if event.service_id == service_id and not _is_change(event)), None)


def _suspects(
    change: ResourceChange, last: Applied, applied: Iterable[Applied], trail: AuditTrail
) -> list[VariableEvent]:
    """Return the events that may have made a change, newest first; none where the log does not reach back to the apply.

    What this program wrote itself since then is not among them.
    """
    since = last.at - CLOCKS_APART
    if trail.since > since:
        return []
    kind, target_id = change.address.kind, change.target_id
    events = [
        event
        for event in trail.events
        if event.service_id == target_id and event.at >= since and event.changed in {None, kind} and _is_change(event)
    ]
    return _not_own(events, [one for one in applied if one.target_id == target_id and one.address.kind is kind])


def _not_own(events: Sequence[VariableEvent], own: Iterable[Applied]) -> list[VariableEvent]:
    """Leave out one event for each write of this program's own: the one that came through the API at its time."""
    left = list(events)
    for write in own:
        near = [
            event
            for event in left
            if event.actor_type is ActorType.REST_API and abs(event.at - write.at) <= CLOCKS_APART
        ]
        if near:
            left.remove(min(near, key=lambda event: abs(event.at - write.at)))
    return left


def _is_change(event: VariableEvent) -> bool:
    return event.kind is not EventKind.BLUEPRINT_APPLIED


def _fingerprint(side: Side | None, key: FingerprintKey) -> Fingerprint | None:
    match side:
        case None | KnownAfterApply():
            return None
        case Shown(value):
            return key.fingerprint(Secret(value))
        case Hidden(fingerprint):
            return fingerprint
        case _:
            assert_never(side)
