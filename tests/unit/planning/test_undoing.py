"""Undoing: several writes of one run at one address count as one, whatever is known of how they ended."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.address import Address
from reconciler.domain.change import Action
from reconciler.domain.journal import RunHistory, RunRecord, StepRecord
from reconciler.domain.outcome import StepStatus
from reconciler.domain.plan import PlanKind
from reconciler.domain.value import Secret
from reconciler.errors import RollbackError
from reconciler.planning.fingerprint import plan_key
from reconciler.planning.sealing import SealingKey
from reconciler.planning.undoing import Undoing, keeps_previous, undoings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Address.parse("production/worker/KEY")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
MATERIAL = Secret(secrets.token_urlsafe(32))
KEY, SEALING = plan_key(MATERIAL), SealingKey(MATERIAL)

Write = tuple[str | None, str | None, StepStatus | None]
"""What was there before it, what it meant to set, and how it ended."""


def history(*writes: Write, sealed: bool = True) -> RunHistory:
    run = RunRecord(7, "plan-x", PlanKind.APPLY, "d", KEY.key_id, ("production",), "ada", (), NOW, None, None)
    steps = [step(number, write) for number, write in enumerate(writes, 1)]
    return RunHistory(run, tuple(steps if sealed else (replace(one, previous=None) for one in steps)), (), ())


def step(number: int, write: Write) -> StepRecord:
    before, after, status = write
    action = Action.CREATE if before is None else Action.DELETE if after is None else Action.UPDATE
    previous = None if before is None else SEALING.seal(Secret(before), 7, HERE)
    sides = [None if text is None else KEY.fingerprint(Secret(text)) for text in (before, after)]
    return StepRecord(
        number, 7, number, HERE, "srv-1", action, sides[0], sides[1], previous, False, NOW, status, None, NOW
    )


def undone(*writes: Write) -> Undoing:
    (undoing,) = undoings_of(history(*writes), KEY, SEALING)
    return undoing


def texts(undoing: Undoing, *known: str) -> set[str | None]:
    """What the run may have left, by the texts that it can be."""
    names = {KEY.fingerprint(Secret(text)): text for text in known}
    return {None if one is None else names[one] for one in undoing.left}


DONE, UNKNOWN, FAILED = StepStatus.DONE, StepStatus.UNKNOWN, StepStatus.FAILED


@pytest.mark.parametrize(
    ("writes", "previous", "left"),
    [
        ([("a", "b", DONE)], "a", {"b"}),
        ([("a", "b", UNKNOWN)], "a", {"a", "b"}),
        ([("a", "b", None)], "a", {"a", "b"}),
        ([(None, "b", None)], None, {None, "b"}),
        ([("a", None, DONE)], "a", {None}),
        ([("a", "b", DONE), ("b", "a", DONE)], "a", {"a"}),
        ([("a", "b", DONE), ("b", "a", UNKNOWN)], "a", {"a", "b"}),
        ([("a", "b", UNKNOWN), ("b", "c", DONE)], "a", {"c"}),
        ([("a", "x", FAILED), ("a", "b", DONE)], "a", {"b"}),
        ([("a", "b", DONE), ("b", "x", FAILED)], "a", {"b"}),
    ],
)
def test_what_was_there_before_and_what_may_be_there_now(
    writes: Sequence[Write], previous: str | None, left: set[str | None]
) -> None:
    undoing = undone(*writes)

    assert (None if undoing.previous is None else undoing.previous.reveal()) == previous
    assert texts(undoing, "a", "b", "c") == left


def test_a_write_that_was_not_done_is_not_undone() -> None:
    assert undoings_of(history(("a", "b", FAILED), ("a", "b", StepStatus.CONFLICT)), KEY, SEALING) == ()


def test_only_what_was_replaced_has_to_be_kept() -> None:
    assert keeps_previous(history(("a", "b", DONE)))
    assert keeps_previous(history((None, "b", DONE), sealed=False))
    assert not keeps_previous(history(("a", "b", None), sealed=False))
    assert keeps_previous(history(("a", "b", FAILED), sealed=False))


def test_without_the_key_nothing_is_guessed() -> None:
    with pytest.raises(RollbackError, match="which is not set"):
        undoings_of(history(("a", "b", DONE)), KEY, None)
    with pytest.raises(RollbackError, match="kept no previous value for production/worker/KEY"):
        undoings_of(history(("a", "b", DONE), sealed=False), KEY, SEALING)
    with pytest.raises(RollbackError, match="was recorded under the key"):
        undoings_of(history(("a", "b", DONE)), plan_key(Secret(secrets.token_urlsafe(32))), SEALING)
