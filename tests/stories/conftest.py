"""A project in a folder of its own, beside a sandbox: what a person has who uses reconcile."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.sandbox import NO_LIMITS, RunningSandbox, Timing, running
from tests.warm import run_warm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

READ_WHILE_PYTHON_STARTS = ("PYTHON", "LANG", "LC_")
SECONDS = 120
QUICK = Timing(created=0.0, build=0.05, pre_deploy=0.0, update=0.05, job=0.0)


@dataclass(frozen=True)
class Run:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass
class Project:
    """A folder with a services.yaml, and the sandbox that stands in for Render."""

    folder: Path
    sandbox: RunningSandbox
    environ: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "reconciler", *arguments]

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "RENDER_API_URL": self.sandbox.url,
            "RENDER_API_KEY": self.sandbox.api_key,
            "RECONCILE_APPLY_POLL_INTERVAL": "50ms",
            **self.environ,
            **(extra or {}),
        }

    def reconcile(self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Run:
        if any(name.startswith(READ_WHILE_PYTHON_STARTS) for name in {**self.environ, **(env or {})}):
            return self._from_nothing(arguments, stdin, self.environment(env))
        return Run(*run_warm(arguments, self.folder, self.environment(env), stdin, seconds=SECONDS))

    def _from_nothing(self, arguments: tuple[str, ...], stdin: str, environment: Mapping[str, str]) -> Run:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8", newline="")
        return path

    def api(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 — JSON
        headers = {"Authorization": f"Bearer {self.sandbox.api_key}"}
        answer = httpx.request(method, self.sandbox.url + path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def control(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 — JSON
        answer = httpx.request(method, self.sandbox.control_url + path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def service(self, name: str, variables: Mapping[str, str], kind: str = "background_worker") -> str:
        pairs = [{"key": key, "value": value} for key, value in variables.items()]
        body = {"type": kind, "name": name, "ownerId": self.sandbox.owner_id, "envVars": pairs}
        made = self.api("POST", "/services", body)
        self.sandbox.workspace.clock.advance(10)
        return str(made["service"]["id"])

    def variables(self, service_id: str) -> dict[str, str]:
        return dict(self.sandbox.workspace.values(service_id))

    def requests(self) -> list[dict[str, Any]]:
        """The requests that the sandbox has seen since they were last forgotten."""
        return list(self.control("GET", "/requests"))

    def writes(self) -> list[str]:
        return [f"{seen['method']} {seen['path']}" for seen in self.requests() if seen["method"] != "GET"]

    def forget_requests(self) -> None:
        self.control("DELETE", "/requests")


@pytest.fixture
def scenario() -> str:
    return "empty"


@pytest.fixture
def project(tmp_path: Path, scenario: str) -> Iterator[Project]:
    with running(scenario, limits=NO_LIMITS, timing=QUICK) as sandbox:
        (tmp_path / "home").mkdir()
        yield Project(tmp_path, sandbox)
