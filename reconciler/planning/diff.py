"""Diff: what one service has to become, compared with what it is, address by address."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Address, Kind
from reconciler.domain.change import Action, Reason, ResourceChange
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
from reconciler.domain.value import KnownAfterApply, Shown
from reconciler.planning.values import declared, source_text
from reconciler.rules.leak import looks_secret
from reconciler.value_types import check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Definition
    from reconciler.domain.state import DesiredService, LiveService
    from reconciler.domain.value import Secret, Side
    from reconciler.planning.fingerprint import FingerprintKey

NEW_VALUE = KnownAfterApply()


@dataclass(frozen=True, slots=True)
class Difference:
    """One address with the values themselves, which never leave memory: what a step will write."""

    change: ResourceChange
    before: Secret | None
    after: Secret | Generate | None


@dataclass(frozen=True, slots=True)
class ServiceDiff:
    """Everything that comparing one service says."""

    differences: tuple[Difference, ...]
    undeclared: tuple[Address, ...]
    findings: tuple[Finding, ...]


def diff(
    service: DesiredService, live: LiveService, values: Mapping[Address, Secret], key: FingerprintKey
) -> ServiceDiff:
    """Compare one service; `values` holds what literals and references stand for.

    Flat maps are compared by their keys, so neither the order of a list nor its cursors can matter.
    """
    held = _live_values(service, live)
    differences: list[Difference] = []
    findings: list[Finding] = []
    addresses: set[Address] = set()
    for item in declared(service):
        addresses.add(item.address)
        outcome = _compare(item.address, item.definition, held.get(item.address), values, live.summary.id, key)
        if isinstance(outcome, Finding):
            findings.append(outcome)
        else:
            differences.append(outcome)
    undeclared: list[Address] = []
    for address in sorted(held.keys() - addresses, key=lambda address: address.sort_key):
        if any(fnmatchcase(address.key, pattern) for pattern in service.ignore):
            continue
        if service.prune:
            change = ResourceChange(
                address, live.summary.id, Action.DELETE, Reason.PRUNED, key.hidden(held[address]), None, "undeclared"
            )
            differences.append(Difference(change, held[address], None))
        else:
            undeclared.append(address)
    return ServiceDiff(
        tuple(sorted(differences, key=lambda difference: difference.change.address.sort_key)),
        tuple(undeclared),
        tuple(findings),
    )


def _live_values(service: DesiredService, live: LiveService) -> dict[Address, Secret]:
    kinds = ((Kind.ENV_VAR, live.variables), (Kind.SECRET_FILE, live.secret_files or {}))
    return {Address(service.owner, kind, name): value for kind, values in kinds for name, value in values.items()}


def _compare(
    address: Address,
    definition: Definition,
    before: Secret | None,
    values: Mapping[Address, Secret],
    target_id: str,
    key: FingerprintKey,
) -> Difference | Finding:
    after: Secret | Generate | None
    match definition.source:
        case Literal() | SecretRef():
            after = values[address]
            action, reason = _set(before, after)
        case Generate() as recipe:
            after = recipe if before is None else before
            action, reason = (Action.CREATE, Reason.MISSING) if before is None else (Action.NO_OP, Reason.KEPT)
        case External():
            if before is None:
                return Finding(
                    "RC002",
                    "external-missing",
                    Severity.ERROR,
                    "missing; people set it on Render (external)",
                    address,
                    definition.location,
                    f"set {address.key} on the service in Render's dashboard, or give it a source in services.yaml",
                )
            after = before
            action, reason = Action.NO_OP, Reason.KEPT
        case Absent():
            after = None
            action, reason = _unset(before, Reason.ABSENT)
        case Recorded(value=after):
            action, reason = _unset(before, Reason.ROLLED_BACK) if after is None else _set(before, after)
        case FromPostgres() | FromKeyValue() | FromService() | FromVariable():
            return not_available(address, definition, "values `from:` other resources")
        case _:
            assert_never(definition.source)
    change = ResourceChange(
        address,
        target_id,
        action,
        reason,
        _side(before, definition, key),
        NEW_VALUE if isinstance(after, Generate) else _side(after, definition, key),
        source_text(definition.source),
        definition.location,
    )
    return Difference(change, before, after)


def not_available(address: Address, definition: Definition, what: str) -> Finding:
    """Return the finding for a part of the language that this version reads but cannot carry out."""
    message = f"{what} are not available in this version of reconcile"
    return Finding("RC000", "not-available", Severity.ERROR, message, address, definition.location)


def _set(before: Secret | None, after: Secret) -> tuple[Action, Reason]:
    if before is None:
        return Action.CREATE, Reason.MISSING
    return (Action.NO_OP, Reason.EQUAL) if before == after else (Action.UPDATE, Reason.DIFFERENT)


def _unset(before: Secret | None, reason: Reason) -> tuple[Action, Reason]:
    return (Action.NO_OP, Reason.GONE) if before is None else (Action.DELETE, reason)


def _side(value: Secret | None, definition: Definition, key: FingerprintKey) -> Side | None:
    """Show a value only where its definition says that it is no secret and nothing about it says otherwise.

    A live value was written by who knows whom: under a key that is meant for a log level may stand a password.
    """
    if value is None:
        return None
    text = value.reveal()
    if definition.sensitive or check(definition.type, text) is not None or looks_secret(text):
        return key.hidden(value)
    return Shown(text)
