"""Auditing: what every address is found to be, from what was seen of it; what was not seen stays unknown."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import Absent
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.matrix import Cell, State
from reconciler.domain.state import DesiredService
from reconciler.planning.checks import finding_order
from reconciler.planning.held import held_in
from reconciler.planning.scope import within
from reconciler.planning.values import declared
from reconciler.planning.wanted import live_values
from reconciler.rules import ALLOW_UNUSED, Known, findings_of, same_secrets, scene_of, value_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.plan import Scope
    from reconciler.domain.sight import Sight
    from reconciler.domain.state import DesiredState, Entry
    from reconciler.domain.value import Secret
    from reconciler.errors import Location
    from reconciler.planning.held import Held

MISSING = "RC201"
DIFFERS = "RC202"
SAME_SECRET = "RC164"  # noqa: S105 — the code of a rule


@dataclass(frozen=True, slots=True)
class Audited:
    """The cells of a matrix, by their addresses, and what was found."""

    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...]


def audit_of(desired: DesiredState, scope: Scope, sight: Sight, moment: datetime) -> Audited:
    """Hold what was seen against what is declared in a scope, and both against the rules.

    Live values are judged, those included that people set; where there is none, what is declared is judged instead,
    and where the two differ, both.
    """
    chosen = within(desired, scope)
    held = held_in(desired, scope, sight)
    known = Known(_judged(desired, chosen, held, sight), sight.live, moment)
    differing = {
        address: each.wanted
        for address, each in held.items()
        if each.matches is False and each.live is not None and each.wanted is not None
    }
    found = [
        finding
        for finding in findings_of(scene_of(desired, known, {*chosen.services, *chosen.groups}))
        # What is declared may need what is allowed, although what is live does not.
        if finding.code != ALLOW_UNUSED or not _is_said_of(finding, differing, held)
    ]
    wrong = {each.address for each in found if each.severity is Severity.ERROR}
    found += _of_declared(desired, known, differing, found)
    same = {*_same(desired, chosen, held, sight)}
    cells = [_cell(each, wrong, same) for each in held.values()]
    entries: list[Entry] = [*chosen.services.values(), *chosen.groups.values()]
    for entry in entries:
        cells += _undeclared(entry, held, sight)
        cells += _links(entry, sight)
    found += [finding for cell in cells if (finding := _state_finding(cell, held.get(cell.address))) is not None]
    found += [each.finding for each in held.values() if each.finding is not None]
    return Audited(
        tuple(sorted(cells, key=lambda cell: cell.address.sort_key)),
        tuple(sorted(found, key=finding_order)),
    )


def _judged(
    desired: DesiredState, chosen: DesiredState, held: Mapping[Address, Held], sight: Sight
) -> dict[Address, Secret]:
    """Return the value that rules are to look at, for each address that has one."""
    judged = {}
    for address, each in held.items():
        value = each.live if each.live is not None else each.wanted
        if value is not None:
            judged[address] = value
    for owner in sight.live.groups.keys() - chosen.groups.keys():
        # The groups of chosen services, whose variables bear on theirs.
        live = live_values(owner, sight.live.groups[owner])
        judged |= {item.address: live[item.address] for item in declared(desired.groups[owner]) if item.address in live}
    return judged


def _of_declared(
    desired: DesiredState, known: Known, differing: Mapping[Address, Secret], found: Sequence[Finding]
) -> list[Finding]:
    """Return what is wrong with values that are declared, and not live: the next apply would set them."""
    told = {(finding.address, finding.code) for finding in found}
    instead = Known({**known.values, **differing}, known.live, known.moment)
    return [
        replace(finding, message=f"what is declared instead: {finding.message}")
        for place in scene_of(desired, instead, {address.owner for address in differing}).places
        for finding in value_findings(place)
        if finding.address in differing and (finding.address, finding.code) not in told
    ]


def _is_said_of(finding: Finding, differing: Iterable[Address], held: Mapping[Address, Held]) -> bool:
    return any(held[address].item.definition.location == finding.location for address in differing)


def _same(desired: DesiredState, chosen: DesiredState, held: Mapping[Address, Held], sight: Sight) -> Iterator[Address]:
    values = {address: each.live for address, each in held.items() if each.live is not None}
    for holders in same_secrets(scene_of(desired, Known(values, sight.live), {*chosen.services, *chosen.groups})):
        for place, one in holders:
            if SAME_SECRET not in one.definition.allow:
                yield place.address(one)


def _cell(each: Held, wrong: Iterable[Address | None], same: Iterable[Address]) -> Cell:
    return Cell(each.item.address, _state(each, wrong, same), each.matches, each.item.definition.location)


def _state(each: Held, wrong: Iterable[Address | None], same: Iterable[Address]) -> State:
    address, is_absent = each.item.address, isinstance(each.item.definition.source, Absent)
    if not each.seen:
        return State.UNREADABLE
    if each.live is None:
        return State.ABSENT if is_absent else State.MISSING
    if address in wrong:
        return State.WRONG
    if each.matches is False or each.finding is not None:
        return State.DIFFERS
    if address in same:
        return State.SAME
    # Whether what is there is right cannot be told without what is declared.
    return State.SET if each.matches else State.UNREADABLE


def _undeclared(entry: Entry, held: Mapping[Address, Held], sight: Sight) -> Iterator[Cell]:
    live = sight.of(entry.owner)
    if live is None:
        return
    ignore = entry.ignore if isinstance(entry, DesiredService) else ()
    for address in live_values(entry.owner, live):
        if address not in held and not any(fnmatchcase(address.key, pattern) for pattern in ignore):
            yield Cell(address, State.UNDECLARED)


def _links(entry: Entry, sight: Sight) -> Iterator[Cell]:
    """Yield a cell for each env group that a service is to be linked to."""
    if not isinstance(entry, DesiredService):
        return
    service = sight.live.services.get(entry.owner)
    for name in entry.env_groups:
        group = sight.live.groups.get(Owner(entry.owner.environment, group=name))
        linked = None if service is None or group is None else group.is_linked_to(service.summary.id)
        state = State.UNREADABLE if linked is None else State.SET if linked else State.MISSING
        yield Cell(Address(entry.owner, Kind.ENV_GROUP_LINK, name), state, linked, entry.location)


def _state_finding(cell: Cell, held: Held | None) -> Finding | None:
    """Say of what is missing or differs that it does, and how to mend it."""
    if held is not None and held.finding is not None and held.live is None:
        return None  # it says so itself
    command = _plan_command(cell.address.owner)
    if cell.state is State.MISSING:
        what = "not linked" if cell.address.kind is Kind.ENV_GROUP_LINK else "missing"
        message = f"{what} on Render, and services.yaml declares it"
        return _finding(MISSING, "missing", Severity.ERROR, cell, message, f"`{command}` says what would be added")
    if cell.matches is False and held is not None and held.live is not None:
        is_absent = isinstance(held.item.definition.source, Absent)
        message = "set on Render, and declared absent" if is_absent else "not what services.yaml declares"
        return _finding(DIFFERS, "differs", Severity.WARNING, cell, message, f"`{command}` says what would change")
    return None


def _plan_command(owner: Owner) -> str:
    service = f" -s {shlex.quote(owner.service)}" if owner.service else ""
    return f"reconcile plan -e {shlex.quote(owner.environment)}{service}"


def _finding(code: str, name: str, severity: Severity, cell: Cell, message: str, fix: str) -> Finding:
    location: Location | None = cell.location
    return Finding(code, name, severity, message, cell.address, location, fix)
