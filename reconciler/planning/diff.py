"""Diff: what one service has to become, compared with what it is, address by address."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconciler.domain.change import Action, Reason, ResourceChange
from reconciler.domain.definition import External, Generate, Recorded
from reconciler.domain.finding import Finding
from reconciler.domain.state import DesiredService
from reconciler.domain.value import KnownAfterApply, Secret, Shown
from reconciler.planning.values import declared, source_text
from reconciler.planning.wanted import live_values
from reconciler.rules.leak import looks_secret
from reconciler.value_types import check

if TYPE_CHECKING:
    from reconciler.domain.address import Address
    from reconciler.domain.definition import Definition
    from reconciler.domain.state import Entry, LiveGroup, LiveService
    from reconciler.domain.value import Side
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.values import Declared
    from reconciler.planning.wanted import Wanted, Wants

NEW_VALUE = KnownAfterApply()


@dataclass(frozen=True, slots=True)
class Difference:
    """One address with the values themselves, which never leave memory: what a step will write."""

    change: ResourceChange
    before: Secret | None
    after: Wanted
    taken_from: tuple[Address, ...] = ()
    """The addresses that the value comes from, the nearest first; those that are written are written before."""
    is_kept: bool = False
    """Whether it must not be deleted to undo this: it is generated, its rotation is destructive, or it is a link."""


@dataclass(frozen=True, slots=True)
class ServiceDiff:
    """Everything that comparing one service, or one env group, says."""

    differences: tuple[Difference, ...]
    undeclared: tuple[Address, ...]
    findings: tuple[Finding, ...]


def diff(entry: Entry, live: LiveService | LiveGroup, wants: Wants, key: FingerprintKey) -> ServiceDiff:
    """Compare one service or env group; `wants` knows what each address is to have.

    Flat maps are compared by their keys, so neither the order of a list nor its cursors can matter.
    """
    held = live_values(entry.owner, live)
    ignore, prune = (entry.ignore, entry.prune) if isinstance(entry, DesiredService) else ((), False)
    differences: list[Difference] = []
    findings: list[Finding] = []
    addresses: set[Address] = set()
    for item in declared(entry):
        addresses.add(item.address)
        outcome = _compare(item, held.get(item.address), wants, live.summary.id, key)
        if isinstance(outcome, Finding):
            findings.append(outcome)
        else:
            differences.append(outcome)
    undeclared: list[Address] = []
    for address in sorted(held.keys() - addresses, key=lambda address: address.sort_key):
        if any(fnmatchcase(address.key, pattern) for pattern in ignore):
            continue
        if prune:
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


def _compare(
    item: Declared, before: Secret | None, wants: Wants, target_id: str, key: FingerprintKey
) -> Difference | Finding:
    after = wants.of(item)
    if isinstance(after, Finding):
        return after
    definition = item.definition
    action, reason = _decided(definition, before, after)
    change = ResourceChange(
        item.address,
        target_id,
        action,
        reason,
        _side(before, definition, key),
        _side(after, definition, key) if after is None or isinstance(after, Secret) else NEW_VALUE,
        source_text(definition.source),
        definition.location,
    )
    is_kept = definition.rotation_destructive or isinstance(definition.source, Generate)
    return Difference(change, before, after, tuple(wants.waits_for(item)), is_kept)


def _decided(definition: Definition, before: Secret | None, after: Wanted) -> tuple[Action, Reason]:
    if after is None:
        return _unset(before, Reason.ROLLED_BACK if isinstance(definition.source, Recorded) else Reason.ABSENT)
    if before is None:
        return Action.CREATE, Reason.MISSING
    if not isinstance(after, Secret) or before != after:
        return Action.UPDATE, Reason.DIFFERENT
    is_kept = isinstance(definition.source, External | Generate)
    return Action.NO_OP, Reason.KEPT if is_kept else Reason.EQUAL


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
