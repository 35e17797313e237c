"""The workflows and actions that people copy: clean under the linters, and no looser than they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import ROOT

PROGRAMS = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
SCRIPTS = sorted((ROOT / ".github").rglob("*.sh"))
LINTERS = {
    "actionlint": ["actionlint", "-shellcheck", str(PROGRAMS / "shellcheck"), *map(str, WORKFLOWS)],
    "zizmor": ["zizmor", "--offline", "--pedantic", "--no-progress", "--quiet", str(ROOT)],
    "workflow schema": ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
    "time-outs": ["check-jsonschema", "--builtin-schema", "github-workflows-require-timeout", *map(str, WORKFLOWS)],
    "action schema": ["check-jsonschema", "--builtin-schema", "vendor.github-actions", *map(str, ACTIONS)],
    "shellcheck": ["shellcheck", *map(str, SCRIPTS)],
    "hadolint": ["hadolint", str(ROOT / "Containerfile")],
}
_PINNED = re.compile(
    r"uses: ([\w.-]+/[\w./-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$|uses: \./\.github/actions/\w+( # \(\d\))?$"
)


def loaded(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for true.
    document: dict[str, Any] = {str(key): value for key, value in yaml.safe_load(path.read_text("utf-8")).items()}
    return document


@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_finds_nothing(linter: str) -> None:
    program, *arguments = LINTERS[linter]
    done = subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_action_is_pinned_to_a_commit_and_says_its_version(path: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert [line for line in used if not _PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_permitted_but_what_a_job_says(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow["True"]
    for job in workflow["jobs"].values():
        assert set(job["permissions"].values()) <= {"read", "write"}
        assert job["permissions"]["contents"] == "read"


def test_a_fork_meets_no_secret_and_no_right_to_write() -> None:
    jobs = loaded(ROOT / ".github" / "workflows" / "plan.yml")["jobs"]
    for_everybody = {name: job for name, job in jobs.items() if "if" not in job}

    assert set(for_everybody) == {"meaning"}
    assert "secrets." not in str(for_everybody)
    assert for_everybody["meaning"]["permissions"] == {"contents": "read"}
    assert "head.repo.full_name == github.repository" in jobs["plan"]["if"]
    assert "dependabot[bot]" in jobs["plan"]["if"]


def test_the_image_is_made_of_what_is_named_only() -> None:
    ignored = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    assert ignored == (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert next(line for line in ignored if not line.startswith("#")) == "*"
    lines = (ROOT / "Containerfile").read_text("utf-8")
    assert "--require-hashes" in lines
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", lines, re.MULTILINE)


def test_the_hook_for_pre_commit_runs_a_command_that_exists() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    pattern = re.compile(hook["files"])
    assert [bool(pattern.search(name)) for name in ("services.yaml", "a/services.yml", "myservices.yaml")] == [1, 1, 0]

    program, *arguments = hook["entry"].split()
    done = subprocess.run([PROGRAMS / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["runtime", "extras"])
def test_users_and_developers_get_the_same_versions(name: str) -> None:
    pin = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
    ours = dict(pin.findall((ROOT / "requirements" / "development.txt").read_text("utf-8")))
    theirs = dict(pin.findall((ROOT / "requirements" / f"{name}.txt").read_text("utf-8")))
    assert theirs
    assert theirs.items() <= ours.items()
