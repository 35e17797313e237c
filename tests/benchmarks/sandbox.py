"""The sandbox at scale: what an answer costs it while it holds 10,000 services of 50 variables."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from reconciler.sandbox import NO_LIMITS, add_fleet, running
from tests.benchmarks.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = 10_000
VARIABLES = 50
ASKED = 2_000
ANSWERS_A_SECOND = 500


def figures() -> Iterator[Figure]:
    with running(limits=NO_LIMITS) as sandbox:
        fleet = add_fleet(sandbox.workspace, services=SERVICES, variables=VARIABLES)
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        with httpx.Client(base_url=sandbox.url, headers=headers) as client:
            paths = [f"/services/{service.id}/env-vars?limit=100" for service in fleet[:ASKED]]
            client.get(paths[0])
            # The server runs in a thread of this process: what is not the client's is its own.
            whole, own = time.process_time(), time.thread_time()
            for path in paths:
                client.get(path)
            spent = (time.process_time() - whole) - (time.thread_time() - own)
    name = f"sandbox of {SERVICES} services, CPU an answer of {VARIABLES} variables"
    yield Figure(name, "ms", spent / ASKED * 1000, 1000 / ANSWERS_A_SECOND)
