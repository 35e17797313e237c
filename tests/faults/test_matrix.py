"""Whatever goes wrong with a request: no false success, nothing lost, written twice or leaked, and it can be mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.checks import (
    check_each_request_once,
    check_nothing_leaked,
    check_nothing_lost,
    check_result,
    expect_remainder,
    expect_repaired,
)
from tests.faults.matrix import ENDPOINTS, Cell, cells, is_known
from tests.faults.stage import PLAN, Stage

if TYPE_CHECKING:
    from tests.faults.counts import Counts

NEW_PLAN = "next.json"


def test_the_matrix_strikes_requests_of_the_plan() -> None:
    assert [point for point in ENDPOINTS if not is_known(point)] == []


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_no_fault_loses_doubles_or_leaks_anything_or_is_told_as_success(
    stage: Stage, cell: Cell, counts: Counts
) -> None:
    rule = stage.proxy.arm(cell.fault.rule(cell.point))

    struck = stage.run_through("apply", PLAN, "--format", "json")
    stage.proxy.await_quiet()

    counts.add("faults injected", rule.hits)
    assert rule.hits, "the apply ended without that request"
    remainder = check_nothing_lost(stage, counts)
    if struck.out:
        check_result(stage, struck)
    else:
        assert struck.code in {1, 3}, struck.err
        assert stage.written() == {}
        assert struck.err
    planned = expect_remainder(stage, remainder, NEW_PLAN)
    repaired = expect_repaired(stage, NEW_PLAN, counts)
    check_each_request_once(stage)
    check_nothing_leaked(stage, [struck, planned, *repaired], counts)
    assert json.loads(planned.out)["plan_id"] != json.loads((stage.folder / PLAN).read_text())["plan_id"]
