"""Interrupted at any point, what is in flight is finished, nothing new is begun, and what remains is said."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.checks import (
    check_each_request_once,
    check_nothing_leaked,
    check_nothing_lost,
    check_result,
    expect_applied_once,
    expect_remainder,
    expect_repaired,
)
from tests.faults.points import interruptions
from tests.faults.rule import Hold, Rule
from tests.faults.stage import PLAN, Stage, ended
from tests.stories.conftest import Run

if TYPE_CHECKING:
    from tests.faults.counts import Counts
    from tests.faults.points import Point

NEW_PLAN = "next.json"
NOTICE = "Stopping: what is in flight is finished, nothing new is begun."


@pytest.mark.parametrize(("number", "point"), interruptions(), ids=str)
def test_interrupted_anywhere_it_finishes_what_is_in_flight_and_says_what_remains(
    stage: Stage, number: signal.Signals, point: Point, counts: Counts
) -> None:
    interrupted = apply_interrupted(stage, number, point)
    counts.add("points interrupted")

    remainder = check_nothing_lost(stage, counts)
    said = {
        step["address"]: step["status"]
        for service in json.loads(interrupted.out)["services"]
        for step in service["steps"]
    }
    check_result(stage, interrupted)
    refused = expect_applied_once(stage, PLAN)
    planned = expect_remainder(stage, remainder, NEW_PLAN)
    repaired = expect_repaired(stage, NEW_PLAN, counts)

    # Where the signal came too late to stop anything, all of it was done, and `check_result` saw that it was.
    assert interrupted.code == (130 if remainder or interrupted.code else 0)
    assert said == {key.address: "not_attempted" if key in remainder else "done" for key in stage.scene.steps}
    check_each_request_once(stage)
    check_nothing_leaked(stage, [interrupted, refused, planned, *repaired], counts)


def apply_interrupted(stage: Stage, number: signal.Signals, point: Point) -> Run:
    """Apply the plan, and send a signal while a request is held; let the request go once the command has said so."""
    rule = stage.proxy.arm(Rule(point.label, point.occurrence, hold=Hold.ANSWERED, freezes=True))
    process = stage.start("apply", PLAN, "--format", "json")
    assert stage.proxy.await_reached(rule, lambda: process.poll() is None), "the apply ended without that request"
    process.send_signal(number)
    assert process.stderr is not None
    heard = ""
    while NOTICE not in heard:
        line = process.stderr.readline()
        assert line, "it ended without a word"
        heard += line
    came = stage.proxy.await_sent()
    stage.proxy.let_go(rule)
    run = ended(process)
    stage.proxy.await_quiet()
    begun = [each.request.label for each in stage.proxy.log[came:] if each.request.changes_something]
    assert begun == [], "nothing new is begun after the signal"
    return Run(run.code, run.out, heard + run.err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_interrupted_before_anything_was_written_the_plan_may_still_be_applied(
    stage: Stage, number: signal.Signals, counts: Counts
) -> None:
    rule = stage.proxy.arm(Rule("GET mailer/env-vars", hold=Hold.ANSWERED))
    process = stage.start("apply", PLAN)
    assert stage.proxy.await_reached(rule, lambda: process.poll() is None)
    process.send_signal(number)
    interrupted = ended(process)
    counts.add("points interrupted")

    assert interrupted.code == 130
    assert stage.written() == {}
    assert stage.reconcile("apply", PLAN).code == 0
    assert check_nothing_lost(stage, counts) == set()
    check_each_request_once(stage)
