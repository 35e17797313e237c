"""Needs: what planning a scope takes from elsewhere: databases, other services, and definitions of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import (
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
)
from reconciler.planning.scope import within
from reconciler.planning.values import Declared, all_declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Definition, Offer
    from reconciler.domain.plan import Scope
    from reconciler.domain.state import DesiredState


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be known beside what is in scope."""

    taken: tuple[Declared, ...]
    """Definitions of services out of scope whose values those in scope take."""
    offers: Mapping[tuple[str, Offer], Definition]
    """What `from` takes of databases and services, by environment, and a definition that takes it."""
    looked_at: frozenset[Owner]
    """Services out of scope that have to be found on Render."""
    read: frozenset[Owner]
    """Those of them whose variables have to be read: people, or an earlier apply, made the value that is taken."""
    groups: frozenset[Owner]
    """The groups in scope, and those that services in scope are linked to."""


def needs_of(desired: DesiredState, scope: Scope) -> Needs:
    """Return what a scope needs; a `from` leads to what exists, which loading the file has made sure of."""
    chosen = within(desired, scope)
    taken: dict[Address, Declared] = {}
    offers: dict[tuple[str, Offer], Definition] = {}
    open_items = list(all_declared(chosen))
    while open_items:
        item = open_items.pop()
        match item.definition.source:
            case FromVariable():
                other = taken_by(desired, item)
                if other.address.owner not in chosen.services and other.address not in taken:
                    taken[other.address] = other
                    open_items.append(other)
            case FromPostgres() | FromKeyValue() | FromService() as source:
                offers.setdefault((item.address.owner.environment, source), item.definition)
            case _:
                pass
    read = frozenset(
        item.address.owner for item in taken.values() if isinstance(item.definition.source, External | Generate)
    )
    asked = {Owner(place, service=source.service) for place, source in offers if isinstance(source, FromService)}
    linked = {
        Owner(owner.environment, group=name)
        for owner, service in chosen.services.items()
        for name in service.env_groups
    }
    return Needs(
        tuple(sorted(taken.values(), key=lambda item: item.address.sort_key)),
        offers,
        read | {owner for owner in asked if owner not in chosen.services},
        read,
        frozenset(chosen.groups) | linked,
    )


def taken_by(desired: DesiredState, item: Declared) -> Declared:
    """Return the definition that one with `from: {service, variable}` takes its value of."""
    source = item.definition.source
    if not isinstance(source, FromVariable):
        message = "not a definition that takes the value of another"
        raise TypeError(message)
    owner = Owner(item.address.owner.environment, service=source.service)
    return Declared(Address(owner, Kind.ENV_VAR, source.variable), desired.services[owner].variables[source.variable])
