"""Auditing: what every address is found to be, from what was seen of it; what was not seen stays unknown."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import (
    Absent,
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
    Literal,
    Recorded,
    SecretRef,
)
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.matrix import Cell, State
from reconciler.domain.state import DesiredService
from reconciler.domain.value import Secret
from reconciler.planning.checks import finding_order
from reconciler.planning.needs import taken_by
from reconciler.planning.scope import within
from reconciler.planning.values import all_declared, declared
from reconciler.planning.wanted import PLAN_TOGETHER, Wants, live_values
from reconciler.rules import ALLOW_UNUSED, Known, findings_of, same_secrets, scene_of, value_findings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.plan import Scope
    from reconciler.domain.sight import Sight
    from reconciler.domain.state import DesiredState, Entry
    from reconciler.errors import Location
    from reconciler.planning.values import Declared

MISSING = "RC201"
DIFFERS = "RC202"
SAME_SECRET = "RC164"  # noqa: S105 — the code of a rule


@dataclass(frozen=True, slots=True)
class Held:
    """One declared address: what is live there, what is declared, and what is wrong with finding that out."""

    item: Declared
    seen: bool
    live: Secret | None
    known: bool
    """Whether it is known what is declared."""
    wanted: Secret | None
    """The declared value; `None` for none, and for one that is still to be made."""
    finding: Finding | None = None

    @property
    def matches(self) -> bool | None:
        """Whether what is live is what is declared; `None` where that is not known."""
        if not self.seen or not self.known:
            return None
        if isinstance(self.item.definition.source, Generate | External):
            return self.live is not None and (self.wanted is None or self.wanted == self.live)
        return self.wanted == self.live


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
    wants = Wants(desired, scope, sight.live, sight.values)
    unsure = _unsure(chosen, sight)
    held = {item.address: _held(desired, sight, wants, item, unsure) for item in all_declared(chosen)}
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


def _held(desired: DesiredState, sight: Sight, wants: Wants, item: Declared, unsure: Collection[str | None]) -> Held:
    owner, kind = item.address.owner, item.address.kind
    seen = sight.saw(owner, kind)
    live = _live_value(sight, item.address)
    if not _is_known(desired, sight, item, unsure):
        return Held(item, seen, live, known=False, wanted=None)
    wanted = wants.of(item)
    if isinstance(wanted, Finding):
        # One that is still to be made is known not to be there.
        is_made = wanted.code == PLAN_TOGETHER
        finding = None if is_made or not seen else wanted
        return Held(item, seen, live, known=is_made, wanted=None, finding=finding)
    return Held(item, seen, live, known=True, wanted=wanted if isinstance(wanted, Secret) else None)


def _live_value(sight: Sight, address: Address) -> Secret | None:
    live = sight.of(address.owner)
    if live is None:
        return None
    held: Mapping[str, Secret] | None = live.variables
    if address.kind is Kind.SECRET_FILE:
        held = getattr(live, "secret_files", None)
    return (held or {}).get(address.key)


def _is_known(desired: DesiredState, sight: Sight, item: Declared, unsure: Collection[str | None]) -> bool:
    """Whether everything was seen that tells what an address is to have."""
    while isinstance(item.definition.source, FromVariable):
        item = taken_by(desired, item)
    owner = item.address.owner
    match item.definition.source:
        case Literal() | SecretRef():
            return item.address in sight.values
        case FromPostgres() | FromKeyValue() | FromService() as source:
            return (owner.environment, source) in sight.live.offers
        case External():
            return sight.saw(owner, item.address.kind)
        case Generate(shared_as=None):
            return sight.saw(owner, item.address.kind)
        case Generate(shared_as=name):
            return name not in unsure
        case Absent() | Recorded() | FromVariable():
            return True
        case _:
            assert_never(item.definition.source)


def _unsure(chosen: DesiredState, sight: Sight) -> set[str | None]:
    """Return the shared values of which not every holder could be seen."""
    return {
        item.definition.source.shared_as
        for item in all_declared(chosen)
        if isinstance(item.definition.source, Generate) and not sight.saw(item.address.owner, item.address.kind)
    }


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
