"""Auditing: what an audit of many services costs in CPU, beyond loading the file."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from reconciler.sandbox import NO_LIMITS
from tests.benchmarks.cpu import measured
from tests.benchmarks.figure import Figure
from tests.benchmarks.fleet import LOAD, fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = 300
VARIABLES = 40
RUNS = 5


def figures() -> Iterator[Figure]:
    with fleet(SERVICES, VARIABLES, NO_LIMITS) as many:
        # In turns, so that whatever else the machine does befalls both of them.
        both = (["-c", LOAD, str(many.file)], [*many.plan[:-1], "audit"])
        rounds = [[measured(command, env=many.env)[0] for command in both] for _ in range(RUNS)]
    loading, cpu = (median(column) for column in zip(*rounds, strict=True))
    what = f"audit of {SERVICES} services with {VARIABLES} variables, CPU beyond loading the file"
    yield Figure(what, "s", cpu - loading, 2)
