"""Wanted: what each address is to have: a value, a value that the apply makes, nothing, or why that is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Address, Kind
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
from reconciler.domain.value import Secret
from reconciler.planning.needs import taken_by
from reconciler.planning.scope import within
from reconciler.planning.values import Declared, all_declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.address import Owner
    from reconciler.domain.plan import Scope
    from reconciler.domain.state import DesiredState, LiveGroup, LiveService, LiveState

EXTERNAL_MISSING = "RC002"
SOURCE_MISSING = "RC003"
PLAN_TOGETHER = "RC004"
SHARED_DIFFERS = "RC005"


@dataclass(frozen=True, slots=True)
class Made:
    """The value that this very apply makes at another address."""

    address: Address


Wanted = Secret | Generate | Made | None
"""What is to stand at an address: a known value, one to be made, one that is made elsewhere, or nothing."""


class Wants:
    """Answers for every address in scope what it is to have."""

    def __init__(self, desired: DesiredState, scope: Scope, live: LiveState, values: Mapping[Address, Secret]) -> None:
        self._desired = desired
        self._live = live
        self._values = values
        chosen = within(desired, scope)
        self._in_scope = {*chosen.services, *chosen.groups}
        self._sharers: dict[str, list[Address]] = {}
        for item in all_declared(desired):
            if isinstance(item.definition.source, Generate) and item.definition.source.shared_as:
                self._sharers.setdefault(item.definition.source.shared_as, []).append(item.address)

    def of(self, item: Declared) -> Wanted | Finding:
        """Return what an address is to have, or the finding that says why that cannot be told."""
        origin = item
        while isinstance(origin.definition.source, FromVariable):
            origin = taken_by(self._desired, origin)
        found = self._at(origin, item)
        if origin is not item and isinstance(found, Generate):
            return Made(origin.address)
        return found

    def waits_for(self, item: Declared) -> list[Address]:
        """Return the addresses whose values an address takes, one from the other, the nearest first."""
        chain = []
        while isinstance(item.definition.source, FromVariable):
            item = taken_by(self._desired, item)
            chain.append(item.address)
        return chain

    def _at(self, origin: Declared, item: Declared) -> Wanted | Finding:
        """Return what stands or is to stand at the origin of an item's value, which may be the item itself."""
        match origin.definition.source:
            case Literal() | SecretRef():
                return self._values[origin.address]
            case FromPostgres() | FromKeyValue() | FromService() as source:
                return self._live.offers[origin.address.owner.environment, source]
            case External():
                held = self._held(origin.address)
                return held if held is not None else _missing(origin, item)
            case Generate() as recipe if recipe.shared_as is not None:
                return self._shared(recipe, recipe.shared_as, origin, item)
            case Generate() as recipe:
                held = self._held(origin.address)
                if held is None and origin.address.owner not in self._in_scope:
                    return _together(origin, item)
                return recipe if held is None else held
            case Absent():
                return None
            case Recorded(value=value):
                return value
            case FromVariable():
                message = "the origin of a value is never a value that is taken"
                raise AssertionError(message)
            case _:
                assert_never(origin.definition.source)

    def _shared(self, recipe: Generate, name: str, origin: Declared, item: Declared) -> Wanted | Finding:
        """Return the one value of all who share it: the one that is live anywhere in scope, else one that is made."""
        inside = [address for address in self._sharers[name] if address.owner in self._in_scope]
        held = [value for address in inside if (value := self._held(address)) is not None]
        if any(value != held[0] for value in held):
            message = f"`{name}` is one value for all, and Render has different ones in scope"
            fix = "decide which one holds, and set it everywhere by hand"
            return _finding(SHARED_DIFFERS, "shared-differs", message, item, fix)
        own = self._held(origin.address)
        if held or own is not None:
            return held[0] if held else own
        return recipe if len(inside) == len(self._sharers[name]) else _together(origin, item)

    def _held(self, address: Address) -> Secret | None:
        owner = address.owner
        live: LiveService | LiveGroup | None = (
            self._live.services.get(owner) or self._live.groups.get(owner) or self._live.elsewhere.get(owner)
        )
        return None if live is None else live_values(owner, live).get(address)


def live_values(owner: Owner, live: LiveService | LiveGroup) -> dict[Address, Secret]:
    """Return what a service or group has, by address."""
    found = {Address(owner, Kind.ENV_VAR, name): value for name, value in live.variables.items()}
    # Only a service has secret files that reconcile looks at.
    files = getattr(live, "secret_files", None) or {}
    return found | {Address(owner, Kind.SECRET_FILE, name): value for name, value in files.items()}


def _missing(origin: Declared, item: Declared) -> Finding:
    where = "group" if origin.address.owner.group else "service"
    if origin is item:
        message = "missing; people set it on Render (external)"
        fix = f"set {item.address.key} on the {where} in Render's dashboard, or give it a source in services.yaml"
        return _finding(EXTERNAL_MISSING, "external-missing", message, item, fix)
    message = f"takes the value of {origin.address}, which people set on Render and which is missing"
    fix = f"set {origin.address.key} on {origin.address.owner} in Render's dashboard"
    return _finding(SOURCE_MISSING, "source-missing", message, item, fix)


def _together(origin: Declared, item: Declared) -> Finding:
    whose = "its value" if origin is item else f"the value of {origin.address}"
    message = f"{whose} is still to be made, and not all who have it are in this plan"
    fix = "plan it together: without -e and -s"
    return _finding(PLAN_TOGETHER, "plan-together", message, item, fix)


def _finding(code: str, name: str, message: str, item: Declared, fix: str) -> Finding:
    return Finding(code, name, Severity.ERROR, message, item.address, item.definition.location, fix)
