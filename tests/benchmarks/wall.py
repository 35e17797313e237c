"""Wall time: planning under Render's own limits and the latency of a network, against what an ideal client needs.

Nothing here is scaled down: Render tells the end of a window in whole seconds, which would weigh more in a short one.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from reconciler.sandbox import RENDER_LIMITS
from tests.benchmarks.figure import Figure
from tests.benchmarks.fleet import fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

LATENCY = 0.1
PARALLELISM = 16


def figures(services: int, at_most: float) -> Iterator[Figure]:
    with fleet(services, 20, RENDER_LIMITS) as many:
        many.delay(LATENCY)
        began = time.monotonic()
        subprocess.run([sys.executable, *many.plan], env=many.env, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        seen = many.requests()
    what = f"plan of {services} services at {LATENCY * 1000:.0f} ms under Render's limits"
    yield Figure(f"{what}, wall time", "s", seconds, at_most, floor(services))
    yield Figure(f"{what}, refused requests", "", sum(one["status"] == 429 for one in seen), 0)


def floor(services: int) -> float:
    """Return what an ideal client needs: full windows, the rest of the requests in the last one, all slots busy."""
    requests = services + services // 100 + 1
    limit = RENDER_LIMITS["get"]
    windows, rest = divmod(requests - 1, limit.requests)
    # The first request opens the first window; each later one opens as soon as the one before it ends.
    return windows * limit.window + -(-(rest + 1) // PARALLELISM) * LATENCY
