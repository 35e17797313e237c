"""Requests: what planning many services costs Render, counted by the sandbox."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from reconciler.sandbox import NO_LIMITS, add_fleet, running
from tests.benchmarks.cpu import measured
from tests.benchmarks.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = 250
VARIABLES = 50


def figures() -> Iterator[Figure]:
    with running(limits=NO_LIMITS) as sandbox, tempfile.TemporaryDirectory() as name:
        fleet = add_fleet(sandbox.workspace, services=SERVICES, variables=VARIABLES)
        contract = Path(name) / "services.yaml"
        lines = ["version: 1", f"environments: {{staging: {{workspace: {sandbox.owner_id}}}}}", "services:"]
        for service in fleet:
            key, value = next(iter(sandbox.workspace.values(service.id).items()))
            lines.append(f"  {service.name}: {{render: {service.id}, variables: {{{key}: '{value}'}}}}")
        contract.write_text("\n".join(lines) + "\n")
        env = {**os.environ, "RENDER_API_URL": sandbox.url, "RENDER_API_KEY": sandbox.api_key}
        _, peak = measured(["-m", "reconciler", "-f", str(contract), "plan"], env=env)
        seen = httpx.get(f"{sandbox.control_url}/requests").json()
    # One read a service, and the listing's pages of a hundred: nothing could do with fewer.
    floor = SERVICES + SERVICES // 100 + 1
    yield Figure(f"plan of {SERVICES} services, requests", "", len(seen), 1.0, floor)
    yield Figure(f"plan of {SERVICES} services, peak memory", "MB", peak, 350)
