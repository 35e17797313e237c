"""Planning: what a plan of many services costs in CPU and memory, against a loop that only fetches and decodes."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from reconciler.sandbox import NO_LIMITS
from tests.benchmarks.cpu import measured
from tests.benchmarks.figure import Figure
from tests.benchmarks.fleet import LOAD, fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = 1000
VARIABLES = 50
RUNS = 3
BARE = str(Path(__file__).with_name("bare_loop.py"))


def figures() -> Iterator[Figure]:
    with fleet(SERVICES, VARIABLES, NO_LIMITS) as many:
        ids = many.file.with_name("ids.json")
        ids.write_text(json.dumps([service.id for service in many.services]))
        # In turns, so that whatever else the machine does befalls each of them.
        rounds = [
            (
                measured([BARE, str(ids)], env=many.env)[0],
                measured(["-c", LOAD, str(many.file)], env=many.env)[0],
                *measured(many.plan, env=many.env),
            )
            for _ in range(RUNS)
        ]
    bare, loading, cpu, peak = (median(column) for column in zip(*rounds, strict=True))
    what = f"plan of {SERVICES} services with {VARIABLES} variables"
    yield Figure(f"{what}, CPU beyond loading the file", "s", cpu - loading, 2, bare)
    yield Figure(f"{what}, peak memory", "MB", peak, 350)
