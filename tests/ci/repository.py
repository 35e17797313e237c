"""A repository with this project's own workflows in it, and the runner `act`, which runs them without containers.

act skips actions/checkout and copies the folder instead, so the folder is laid out as GitHub would have checked it out.
Other actions by commit cannot be fetched where there is no network but package registries: act is told to take the
stand-ins of `stand_ins/` for artifacts. It knows no `environment:`, so no job waits for a reviewer; who approved is
what the stand-in for GitHub's API says. It keeps no step summary either, beyond printing it.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs.markdown import ROOT
from tests.github.stand_in import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = (".github", "requirements", "reconciler")
STAND_INS = Path(__file__).parent / "stand_ins"
_USED = re.compile(r"uses: actions/((?:up|down)load-artifact)@([0-9a-f]{40})")
_IDENTITY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


@dataclass(frozen=True)
class Ran:
    """What a workflow did."""

    code: int
    log: str

    def job(self, name: str) -> str:
        """What one job printed; empty for one that was skipped."""
        return "".join(line for line in self.log.splitlines(keepends=True) if f"/{name}" in line.split("]", 1)[0])


@dataclass
class Repository:
    """A clone on a runner."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    """What every job is given as if it were the runner's own."""
    secrets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, parent: Path) -> Repository:
        folder = parent / "repository"
        for part in PARTS:
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        repository = cls(folder)
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
        (folder / ".gitignore").write_text("/secrets/\n*.plan.json*\n")
        tools = parent / "cache" / "tool_cache" / "reconcile"
        install_already(tools, folder)
        return repository

    def git(self, *words: str, author: str = "developer@example.com") -> str:
        who = {f"GIT_{role}_{what}": author for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environ = {"PATH": os.environ["PATH"], **_IDENTITY, **who}
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str]) -> str:
        """Commit files on what is checked out; return the commit."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change what is desired")
        return self.git("rev-parse", "HEAD")

    def run(self, workflow: str, event: str, payload: Mapping[str, object], actor: str = "developer") -> Ran:
        """Run a workflow for an event."""
        (self.folder.parent / "event.json").write_text(json.dumps(payload))
        cache = self.folder.parent / "cache"
        command = [
            str(Path(sys.executable).parent / "act"), event, "--workflows", f".github/workflows/{workflow}.yml",
            "--platform", "ubuntu-latest=-self-hosted", "--action-offline-mode", "--no-cache-server",
            "--use-gitignore=false", "--action-cache-path", str(cache), "--actor", actor,
            "--eventpath", str(self.folder.parent / "event.json"), "--defaultbranch", "main", "--concurrent-jobs", "1",
        ]  # fmt: skip
        workflows = "".join(path.read_text() for path in (ROOT / ".github").rglob("*.yml"))
        for action, commit in sorted(set(_USED.findall(workflows))):
            command += ["--local-repository", f"actions/{action}@{commit}={STAND_INS / action}"]
        artifacts = self.folder.parent / "artifacts"
        for name, value in {"ARTIFACTS": str(artifacts), **self.environ}.items():
            command += ["--env", f"{name}={value}"]
        for name in self.secrets:
            command += ["--secret", name]  # its value comes from the environment: nobody sees it in a list of processes
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        environ = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CACHE_HOME": str(home), "LANG": "C.UTF-8"}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**environ, **self.secrets},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return Ran(done.returncode, done.stdout)


def install_already(tools: Path, folder: Path) -> None:
    """Lay out what a runner has that has run the action before: the locked packages, which these tests run on too."""
    action = runpy.run_path(str(folder / ".github" / "actions" / "reconcile" / "install.py"))
    environment: Path = action["folder_of"](".", tools)
    venv.create(environment, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(environment)}))
    (packages / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (environment / ".ready").touch()
