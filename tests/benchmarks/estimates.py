"""Estimates: how long an apply took against what its plan had said, under Render's limits and its usual latency."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.planning.estimate import ROUND_TRIP_SECONDS
from reconciler.sandbox import RENDER_LIMITS
from tests.benchmarks.figure import Figure
from tests.benchmarks.fleet import fleet

if TYPE_CHECKING:
    from collections.abc import Iterator


def figures(services: int, changed: int) -> Iterator[Figure]:
    """Change some variables of each service; nothing is deployed, since a deploy takes as long as it takes."""
    with fleet(services, changed, RENDER_LIMITS) as many:
        many.delay(ROUND_TRIP_SECONDS)
        many.file.write_text(many.file.read_text().replace(": value-", ": changed-"))
        command = [sys.executable, "-m", "reconciler", "-f", str(many.file)]
        plan = many.file.with_name("plan.json")
        subprocess.run(
            [*command, "plan", "--no-deploy", "-o", str(plan)], env=many.env, check=True, stdout=subprocess.DEVNULL
        )
        estimate = json.loads(plan.read_text())["estimate"]
        # The apply begins with a window of its own, as the estimate has it.
        many.forget_limits()
        before = len(many.requests())
        subprocess.run([*command, "apply", str(plan)], env=many.env, check=True, stdout=subprocess.DEVNULL)
        times = [datetime.fromisoformat(str(one["at"])) for one in many.requests()[before:]]
        # From the first call to the answer of the last one: starting Python is no call.
        seconds = (times[-1] - times[0]).total_seconds() + ROUND_TRIP_SECONDS
    yield Figure(
        f"apply of {services * changed} variables of {services} services, time of its calls over the estimate",
        "s",
        seconds,
        1.15,
        estimate["seconds"],
        at_least=0.85,
    )
