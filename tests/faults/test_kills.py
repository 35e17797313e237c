"""Killed at any point, nothing is lost, and a new plan is exactly what remains."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.checks import (
    check_each_request_once,
    check_nothing_leaked,
    check_nothing_lost,
    expect_applied_once,
    expect_remainder,
    expect_repaired,
)
from tests.faults.points import Kill, is_of_planning, kills
from tests.faults.rule import Hold, Rule
from tests.faults.stage import PLAN, Stage, ended

if TYPE_CHECKING:
    from tests.faults.counts import Counts
    from tests.stories.conftest import Run

NEW_PLAN = "next.json"


@pytest.mark.parametrize("kill", kills(), ids=str)
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_killed_anywhere_nothing_is_lost_and_a_new_plan_finishes_it(stage: Stage, kill: Kill, counts: Counts) -> None:
    killed = apply_until(stage, kill)
    counts.add("points killed")

    remainder = check_nothing_lost(stage, counts)
    forget_the_dead(stage)
    refused = [] if is_of_planning(kill.point) else [expect_applied_once(stage, PLAN)]
    planned = expect_remainder(stage, remainder, NEW_PLAN)
    repaired = expect_repaired(stage, NEW_PLAN, counts)

    check_each_request_once(stage)
    check_nothing_leaked(stage, [killed, *refused, planned, *repaired], counts)


def apply_until(stage: Stage, kill: Kill) -> Run:
    """Apply the plan, and kill it where it is told to die."""
    rule = stage.proxy.arm(Rule(kill.point.label, kill.point.occurrence, hold=kill.hold, freezes=True))
    process = stage.start("apply", PLAN)
    assert stage.proxy.await_reached(rule, lambda: process.poll() is None), "the apply ended without that request"
    if kill.hold is Hold.DELIVERED:
        stage.proxy.await_next(rule, lambda: process.poll() is None)
    process.send_signal(signal.SIGKILL)
    run = ended(process)
    stage.proxy.await_quiet()
    return run


def forget_the_dead(stage: Stage) -> None:
    """Break the lock of the apply that was killed, which its lease would keep for a while."""
    unlocked = stage.reconcile("unlock", "-e", "staging", "--yes")
    assert unlocked.code == 0, unlocked.err
