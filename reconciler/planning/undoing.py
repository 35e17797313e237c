"""Undoing: what one run did at each address, as a whole, and the value that was there before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.outcome import StepStatus
from reconciler.errors import RollbackError, StoreError
from reconciler.planning.fingerprint import PLAN_ORIGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.journal import RunHistory, StepRecord
    from reconciler.domain.value import Fingerprint, Secret
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.sealing import SealingKey


@dataclass(frozen=True, slots=True)
class Undoing:
    """What one run did at one address, and what was there before it."""

    address: Address
    target_id: str
    """What the address stood for on Render."""
    before: Fingerprint | None
    left: frozenset[Fingerprint | None]
    """What the run may have left there, more than one thing where it is not known whether a write was done."""
    previous: Secret | None
    """The value that `before` stands for; both are `None` where nothing was there."""
    is_kept: bool
    """Whether the run knew that it must not be deleted: it was generated, or its rotation is destructive."""


def written(history: RunHistory) -> list[StepRecord]:
    """Return the writes of a run that were done, or may have been, in their order."""
    return [step for step in history.steps if step.status in {StepStatus.DONE, StepStatus.UNKNOWN, None}]


def keeps_previous(history: RunHistory) -> bool:
    """Tell whether the journal kept every value that the run replaced or deleted."""
    return all(step.before is None or step.previous is not None for step in written(history))


def undoings_of(history: RunHistory, key: FingerprintKey, sealing: SealingKey | None) -> tuple[Undoing, ...]:
    """Return what a run did, address by address.

    Raises `RollbackError` where the journal did not keep what was there before, or other keys are set than the run
    had, and `StoreError` where the parts of its record do not fit together.
    """
    _require_same_key(history, key)
    by_address: dict[Address, list[StepRecord]] = {}
    for step in written(history):
        by_address.setdefault(step.address, []).append(step)
    firsts = [steps[0] for steps in by_address.values()]
    if missing := sorted(str(step.address) for step in firsts if step.before is not None and step.previous is None):
        raise RollbackError(
            f"run {history.run.id} cannot be rolled back: the journal kept no previous value for {', '.join(missing)}",
            remedy="values are kept where RECONCILE_PLAN_KEY is set while a plan is applied; put services.yaml back "
            "and plan, or set them by hand",
        )
    addresses = sorted(by_address, key=lambda address: address.sort_key)
    return tuple(_undoing(by_address[address], key, sealing) for address in addresses)


def _require_same_key(history: RunHistory, key: FingerprintKey) -> None:
    run = history.run
    if run.key_id == key.key_id:
        return
    if not run.key_id.startswith(f"{PLAN_ORIGIN}-"):
        raise RollbackError(
            f"run {run.id} was applied without RECONCILE_PLAN_KEY, so the journal kept no previous values",
            remedy="put services.yaml back and plan; with RECONCILE_PLAN_KEY set, later runs can be rolled back",
        )
    raise RollbackError(
        f"run {run.id} was recorded under the key {run.key_id}, this command has {key.key_id}",
        remedy="set the RECONCILE_PLAN_KEY that the run had",
    )


def _undoing(steps: Sequence[StepRecord], key: FingerprintKey, sealing: SealingKey | None) -> Undoing:
    """Sum up the writes at one address, oldest first."""
    first, last = steps[0], steps[-1]
    left: frozenset[Fingerprint | None] = frozenset({first.before})
    for step in steps:
        left = frozenset({step.after}) if step.status is StepStatus.DONE else left | {step.after}
    is_kept = any(step.is_kept for step in steps)
    return Undoing(first.address, last.target_id, first.before, left, _previous(first, key, sealing), is_kept)


def _previous(step: StepRecord, key: FingerprintKey, sealing: SealingKey | None) -> Secret | None:
    changed = StoreError(
        f"{step.address}: what the journal says of run {step.run_id} was changed since, or is damaged",
        remedy="restore the journal from a backup, or set the value by hand",
    )
    if (step.action is Action.CREATE) is not (step.before is None) or (step.previous is None) is not (
        step.before is None
    ):
        raise changed
    if step.previous is None:
        return None
    if sealing is None:
        raise RollbackError(
            f"run {step.run_id} kept previous values under RECONCILE_PLAN_KEY, which is not set",
            remedy="set the RECONCILE_PLAN_KEY that the run had",
        )
    value = sealing.unseal(step.previous, step.run_id, step.address)
    if key.fingerprint(value) != step.before:
        raise changed
    return value
