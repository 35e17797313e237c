"""A sandbox with many services, and a services.yaml that declares all that they have: a plan of it is empty."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from reconciler.sandbox import RENDER_LIMITS, add_fleet, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.sandbox import Limit, RunningSandbox
    from reconciler.sandbox.record import Service


LOAD = "import pathlib, sys; from reconciler.config import load; load(pathlib.Path(sys.argv[1]))"
"""A program that only loads a file, its literals checked: what is to be taken off a command's cost."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a measurement needs of it."""

    sandbox: RunningSandbox
    services: list[Service]
    file: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment of a command that talks to the sandbox."""
        return {**os.environ, "RENDER_API_URL": self.sandbox.url, "RENDER_API_KEY": self.sandbox.api_key}

    @property
    def plan(self) -> list[str]:
        """The command to measure."""
        return ["-m", "reconciler", "-f", str(self.file), "plan"]

    def delay(self, seconds: float) -> None:
        """Answer every request so much later, as a network would."""
        httpx.post(f"{self.sandbox.control_url}/faults", json={"path": "*", "latency": seconds}).raise_for_status()

    def forget_limits(self) -> None:
        """Begin every window of Render's rate limits anew."""
        limits = {bucket: limit.requests for bucket, limit in RENDER_LIMITS.items() if bucket != "create"}
        httpx.post(f"{self.sandbox.control_url}/rate-limits", json={"limits": limits}).raise_for_status()

    def requests(self) -> list[dict[str, str | int]]:
        """Return what the sandbox saw."""
        seen: list[dict[str, str | int]] = httpx.get(f"{self.sandbox.control_url}/requests").json()
        return seen


@contextmanager
def fleet(services: int, variables: int, limits: Mapping[str, Limit]) -> Iterator[Fleet]:
    """Run a sandbox with so many services of so many variables each, all of them declared."""
    with running(limits=limits) as sandbox, tempfile.TemporaryDirectory() as folder:
        added = add_fleet(sandbox.workspace, services=services, variables=variables)
        lines = ["version: 1", f"environments: {{staging: {{workspace: {sandbox.owner_id}}}}}", "services:"]
        for service in added:
            lines += [f"  {service.name}:", f"    render: {service.name}", "    variables:"]
            lines += [f"      {key}: {value}" for key, value in sandbox.workspace.values(service.id).items()]
        file = Path(folder) / "services.yaml"
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")
        yield Fleet(sandbox, added, file)
