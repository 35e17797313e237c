"""Start-up: what every command pays before it does anything, against importing click alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.cpu import median_cpu
from tests.benchmarks.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator


def figures() -> Iterator[Figure]:
    floor = median_cpu(["-c", "import click"], runs=21)
    yield Figure("reconcile --version, CPU", "s", median_cpu(["-m", "reconciler", "--version"], runs=21), 1.5, floor)
