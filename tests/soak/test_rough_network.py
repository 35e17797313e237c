"""Two thousand requests over a rough network: none is lost, none is done twice, whatever the proxy does to them."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.cli.clock import SystemClock
from reconciler.domain.state import DeployMode
from reconciler.domain.value import Secret
from reconciler.errors import UnconfirmedWriteError
from reconciler.render_api import RenderConnection, RenderWriter
from reconciler.sandbox import NO_LIMITS, RunningSandbox, Timing, add_fleet, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SCRIPT = Path(__file__).with_name("rough.py")
SERVICES = 20
READ, WRITTEN, DELETED = 33, 33, 33
"""Of the variables of each service; with one deploy each, 2,000 requests that have to come through."""


class HurriedClock:
    """Time that runs fast, so that waiting after a failure takes a fraction."""

    speed = 25.0

    def now(self) -> datetime:
        return SystemClock().now()

    def monotonic(self) -> float:
        return monotonic() * self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


@dataclass(frozen=True)
class Told:
    """What the proxy tells of one request."""

    method: str
    target: str
    what: str

    @property
    def asked(self) -> tuple[str, str]:
        return self.method, self.target


@contextmanager
def rough_network(folder: Path, sandbox: RunningSandbox, log: Path) -> Iterator[str]:
    """Run mitmproxy before a sandbox; yields the address of the API behind it."""
    program = mitmdump()
    if program is None:
        pytest.skip("needs mitmproxy in an environment of its own: make mitmproxy")
    command = [program, "--mode", f"reverse:{sandbox.root}", "--listen-host", "127.0.0.1", "--listen-port", "0"]
    command += ["--scripts", str(SCRIPT), "--set", f"confdir={folder}", "--set", "flow_detail=0"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "SOAK_LOG": str(log), "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            port = port_of(process)
            # Whatever else it says is taken off its hands, or it would stop when the pipe is full.
            threading.Thread(target=lambda: list(process.stdout or ()), daemon=True).start()
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(timeout=30)


def mitmdump() -> str | None:
    """Return mitmproxy's program: beside this environment where the Makefile puts it, or wherever it is found."""
    own = Path(sys.prefix) / "mitmproxy" / "bin" / "mitmdump"
    return str(own) if own.exists() else shutil.which("mitmdump")


def port_of(process: subprocess.Popen[str]) -> int:
    said = []
    assert process.stdout
    for line in process.stdout:
        said.append(line)
        if "listening at" in line:
            return int(line.strip().rstrip(".").rpartition(":")[2])
    raise AssertionError("".join(said))


async def use(url: str, sandbox: RunningSandbox, ids: list[str], new: dict[str, str]) -> None:
    """Read, write and delete variables of each service, and deploy it, sixteen requests at once."""

    async def wanted() -> bool:
        await asyncio.sleep(0)
        return True

    async def deployed(writer: RenderWriter, service_id: str) -> None:
        for _ in range(10):
            try:
                await writer.create_deploy(service_id, DeployMode.DEPLOY_ONLY, confirm=wanted)
            except UnconfirmedWriteError:
                # Whether it was carried out, the list of deploys tells.
                if not await writer.deploys(service_id):
                    continue
            return
        raise AssertionError("the deploy was never asked for")

    connection = RenderConnection(url, Secret(sandbox.api_key), clock=HurriedClock())
    async with connection, asyncio.TaskGroup() as group:
        writer = RenderWriter(connection)
        for service_id in ids:
            for number in range(READ):
                group.create_task(expect_value(writer, service_id, f"VARIABLE_{number:03}", f"value-{number}"))
            for key, value in new.items():
                group.create_task(writer.put_variable(service_id, key, Secret(value), confirm=wanted))
            for number in range(READ, READ + DELETED):
                group.create_task(writer.delete_variable(service_id, f"VARIABLE_{number:03}", confirm=wanted))
            group.create_task(deployed(writer, service_id))


async def expect_value(writer: RenderWriter, service_id: str, key: str, value: str) -> None:
    assert await writer.variable(service_id, key) == Secret(value)


def test_two_thousand_requests_are_each_done_once(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    new = {f"NEW_{number:03}": secrets.token_urlsafe(40) for number in range(WRITTEN)}
    with running(limits=NO_LIMITS, timing=Timing(created=0, build=0, pre_deploy=0, update=0)) as sandbox:
        fleet = add_fleet(sandbox.workspace, services=SERVICES, variables=READ + DELETED)
        ids = [service.id for service in fleet]
        with rough_network(tmp_path, sandbox, log) as url:
            asyncio.run(use(url, sandbox, ids, new))
        arrived = httpx.get(f"{sandbox.control_url}/requests").json()
        held = {service_id: sandbox.workspace.values(service_id) for service_id in ids}
        deploys = {service_id: sandbox.workspace.rollout(service_id).deploys for service_id in ids}

    told = [Told(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()]
    struck = Counter(each.what for each in told)
    assert min(struck[what] for what in ("reset before", "reset after", "truncated", "refused")) > 20, struck
    # Everything that the proxy let through arrived, and nothing else.
    through = Counter(each.asked for each in told if each.what not in {"reset before", "refused"})
    assert Counter((each["method"], each["target"]) for each in arrived) == through

    kept = {f"VARIABLE_{number:03}": f"value-{number}" for number in range(READ)} | new
    assert all(values == kept for values in held.values())
    assert {len(asked) for asked in deploys.values()} == {1}

    asked = [each for each in told if "/env-vars/" in each.target]
    assert len({each.asked for each in asked}) == SERVICES * (READ + WRITTEN + DELETED)
    # Each was answered once, and nothing was sent after that: no more than its lost answers asked for.
    last = {each.asked: each.what for each in asked}
    assert set(last.values()) == {"passed"}
    assert set(Counter(each.asked for each in asked if each.what == "passed").values()) == {1}
