"""What holds for all tests: where CI demands the real thing, a skipped test is a failed one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.counts import lines_of

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure under `RECONCILE_REQUIRE_REAL=1`: what CI did not run, nobody ran."""
    report = yield
    if report.skipped and os.environ.get("RECONCILE_REQUIRE_REAL") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped, where RECONCILE_REQUIRE_REAL=1 allows no skip: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests of faults counted, whichever processes they ran in."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, [])]
    for line in lines_of(reports):
        terminalreporter.write_line(line)
