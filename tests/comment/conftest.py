"""A folder with a services.yaml and a plan file, and a stand-in for GitHub's API: no Render is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.planning.plan_file import dump_plan
from reconciler.report.result_json import result_json
from tests.github.stand_in import REPOSITORY, GitHub, github

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.domain.outcome import ApplyResult
    from reconciler.domain.plan import Plan

HEAD = "a" * 40
CONTRACT = """\
version: 1
environments:
  production: {workspace: tea-d1example0example0ex, protected: true, approvals: 2, approval_ttl: 36h}
approvers: {github: [octocat]}
services:
  worker:
    render: worker
    variables: {LOG_LEVEL: info}
"""


@dataclass
class Job:
    """A step of a job on a pull request."""

    folder: Path
    github: GitHub
    environ: dict[str, str] = field(default_factory=dict)

    def save(self, plan: Plan, result: ApplyResult | None = None) -> None:
        (self.folder / "plan.json").write_text(dump_plan(plan), encoding="utf-8")
        if result is not None:
            (self.folder / "result.json").write_text(result_json(result), encoding="utf-8")

    def comment(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "reconciler", "comment", "plan.json", *arguments],
            cwd=self.folder,
            env={**kept, "HOME": str(self.folder), "PYTHONPATH": str(Path(__file__).parents[2]), **self.environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    @property
    def summary(self) -> str:
        path = Path(self.environ["GITHUB_STEP_SUMMARY"])
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def event(self, event: object) -> None:
        (self.folder / "event.json").write_text(json.dumps(event), encoding="utf-8")


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    (tmp_path / "services.yaml").write_text(CONTRACT, encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with github() as state:
        made = Job(
            tmp_path,
            state,
            {
                **state.environ,
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
                "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
                "GITHUB_RUN_ID": "4711",
                "GITHUB_SHA": "b" * 40,
            },
        )
        branch = {"ref": "change", "sha": HEAD, "repo": {"full_name": REPOSITORY}}
        made.event({"pull_request": {"number": 7, "head": branch, "base": {**branch, "ref": "main"}}})
        yield made
