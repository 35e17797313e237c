"""Held: what is known of one declared address, live and declared, and what of it is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Kind
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
from reconciler.domain.finding import Finding
from reconciler.domain.value import Secret
from reconciler.planning.needs import taken_by
from reconciler.planning.scope import within
from reconciler.planning.values import all_declared
from reconciler.planning.wanted import PLAN_TOGETHER, Wants

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.domain.address import Address
    from reconciler.domain.plan import Scope
    from reconciler.domain.sight import Sight
    from reconciler.domain.state import DesiredState
    from reconciler.planning.values import Declared


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


def held_in(desired: DesiredState, scope: Scope, sight: Sight) -> dict[Address, Held]:
    """Return what is known of each address that is declared in a scope."""
    chosen = within(desired, scope)
    wants = Wants(desired, scope, sight.live, sight.values)
    unsure = _unsure(chosen, sight)
    return {item.address: _held(desired, sight, wants, item, unsure) for item in all_declared(chosen)}


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
