"""The action by itself: how it installs reconcile, what it makes of its inputs, and what it says."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.ci.repository import install_already
from tests.docs.markdown import ROOT
from tests.github.stand_in import github

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stories.conftest import Project

ACTION = ROOT / ".github" / "actions" / "reconcile"
CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: worker, variables: {ALPHA: one}}
"""


class Step:
    """A step of a job that uses the action."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.outputs = project.folder / "outputs"

    def environment(self, inputs: dict[str, str]) -> dict[str, str]:
        said = {"COMMAND": "validate", "FILE": "services.yaml", "COMMENT": "false", "VERSION": ".", **inputs}
        return {
            **self.project.environment(),
            "GITHUB_OUTPUT": str(self.outputs),
            **{f"INPUT_{name}": value for name, value in said.items()},
        }

    def run(self, **inputs: str) -> tuple[int, str, dict[str, str]]:
        """Run it where reconcile is installed already; return its exit code, what it printed, and its outputs."""
        self.outputs.unlink(missing_ok=True)
        command = [sys.executable, "-I", str(ACTION / "run.py")]
        done = subprocess.run(
            command,
            cwd=self.project.folder,
            env=self.environment({name.upper(): value for name, value in inputs.items()}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr, read_outputs(self.outputs)


def read_outputs(path: Path) -> dict[str, str]:
    """Read the file as the runner does: NAME<<END, lines, END."""
    lines = iter(path.read_text("utf-8").splitlines() if path.exists() else [])
    outputs = {}
    for line in lines:
        name, _, end = line.partition("<<")
        outputs[name] = "\n".join(itertools.takewhile(lambda each, end=end: each != end, lines))  # type: ignore[misc]  # mypy cannot tell a default
    return outputs


@pytest.fixture
def step(project: Project) -> Step:
    project.write("services.yaml", CONTRACT)
    return Step(project)


def test_it_installs_itself_by_hashes_and_is_then_there(step: Step, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    environ = {
        **{name: value for name, value in os.environ.items() if name.startswith(("PATH", "HOME", "PIP_", "SSL_"))},
        **step.environment({}),
        "HOME": os.environ.get("HOME", "/"),
        "RUNNER_TOOL_CACHE": str(tools),
        "PYTHONPATH": "",
    }
    for _ in range(2):
        command = [sys.executable, "-I", str(ACTION / "install.py")]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        if "could not be installed" in done.stderr:
            pytest.skip(f"needs PyPI, and wheels that match their hashes: {done.stderr}")
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "services.yaml is valid" in done.stdout
        (environment,) = (tools / "reconcile").iterdir()
        # Nothing has to be fetched the second time.
        environ |= {"PIP_NO_INDEX": "1"}
    (packages,) = environment.glob("lib/*/site-packages")
    assert not (packages / "reconcile.pth").exists()
    assert not (packages / "reconciler").exists()


def test_two_runners_with_one_folder_of_tools_run_each_their_own_revision(step: Step, tmp_path: Path) -> None:
    other, tools = tmp_path / "other", tmp_path / "tools"
    for part in (".github/actions/reconcile", "requirements"):
        shutil.copytree(ROOT / part, other / part)
    (other / "reconciler").mkdir()
    (other / "reconciler" / "__main__.py").write_text("raise SystemExit(77)\n", encoding="utf-8")
    install_already(tools / "reconcile", ROOT)
    environ = {**step.environment({}), "RUNNER_TOOL_CACHE": str(tools), "PYTHONPATH": ""}
    codes = []
    for folder in (ROOT, other):
        command = [sys.executable, "-I", str(folder / ".github/actions/reconcile/install.py")]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        codes.append(done.returncode)
    (environment,) = (tools / "reconcile").iterdir()

    assert codes == [0, 77]
    # So that whatever one of them starts next, such as the comment, can be none of the other one's.
    assert not [path for path in environment.rglob("*.pth") if str(folder) in path.read_text("utf-8")]


@pytest.mark.parametrize("version", ["1.0; touch x", "--index-url=http://x", "1.0\n-r x", "../x", "v1"])
def test_what_is_no_version_is_not_installed(step: Step, tmp_path: Path, version: str) -> None:
    environ = step.environment({"VERSION": version}) | {"RUNNER_TOOL_CACHE": str(tmp_path / "tools")}
    command = [sys.executable, "-I", str(ACTION / "install.py")]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "`version`" in done.stderr
    assert not (tmp_path / "tools").exists()


def test_a_plan_says_that_there_are_changes_and_which_plan(step: Step) -> None:
    service = step.project.service("worker", {})
    code, said, outputs = step.run(command="plan", environments="staging")

    assert code == 0, said
    assert (outputs["changes"], outputs["exit-code"], outputs["plan"]) == ("true", "2", "staging.plan.json")
    assert outputs["digest"] in (step.project.folder / "staging.plan.json").read_text("utf-8")
    assert outputs["summary"].startswith("1 to add, 0 to change, 0 to destroy")

    # The plan file that lies there is not passed off as that of a plan which was not made.
    code, _, outputs = step.run(command="plan --no-such-option", environments="staging")
    assert code == 1
    assert (outputs["plan"], outputs["digest"], outputs["changes"]) == ("", "", "")

    code, said, outputs = step.run(command="apply --auto-approve --poll-interval 50ms", environments="staging")
    assert (code, outputs["changes"]) == (0, ""), said
    assert outputs["summary"].startswith("Apply complete!")
    assert step.project.variables(service) == {"ALPHA": "one"}

    code, _, outputs = step.run(command="drift")
    assert (code, outputs["changes"], outputs["summary"]) == (0, "false", "No drift. 1 service checked.")


@pytest.mark.parametrize(
    "command",
    ["validate; touch x", "validate $(touch x)", "validate `touch x`", "validate && touch x", "validate\ntouch x"],
)
def test_a_command_is_words_and_not_a_script(step: Step, command: str) -> None:
    code, _, _ = step.run(command=command)
    assert code != 0
    assert not (step.project.folder / "x").exists()


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"command": ""}, "`command` is empty"),
        ({"command": "plan 'x"}, "a quote in it is not closed"),
        ({"command": "plan", "environments": "staging --auto-approve"}, "no environment's name"),
        ({"command": "validate", "comment": "true"}, "`comment` is for"),
        ({"command": "apply -e staging", "comment": "true"}, "`comment` is for"),
    ],
)
def test_an_input_that_cannot_be_used_is_named(step: Step, inputs: dict[str, str], words: str) -> None:
    code, said, outputs = step.run(**inputs)
    assert (code, outputs) == (1, {})
    assert words in said
    assert step.project.requests() == []


def test_no_output_can_pass_for_another(step: Step) -> None:
    step.project.write("services.yaml", CONTRACT.replace("ALPHA: one", r'ALPHA: "a\nend\nplan<<end\nforged\nend"'))
    step.project.service("worker", {})
    step.run(command="plan")
    text = step.outputs.read_text("utf-8")
    _, _, outputs = step.run(command="diff")
    ends = {line.partition("<<")[2] for line in text.splitlines() if "<<end-" in line}

    assert len(ends) == 1
    assert set(outputs) == {"exit-code", "changes", "plan", "digest", "summary"}
    assert ends != {
        line.partition("<<")[2] for line in step.outputs.read_text("utf-8").splitlines() if "<<end-" in line
    }


def test_files_of_the_working_directory_are_no_modules(step: Step) -> None:
    for name in ("reconciler.py", "click.py", "json.py"):
        step.project.write(name, "raise SystemExit(77)\n")
    code, said, _ = step.run(command="validate")
    assert (code, "is valid" in said) == (0, True), said


def test_a_plan_cannot_hand_the_jobs_token_to_a_service(step: Step) -> None:
    step.project.environ["GITHUB_TOKEN"] = secrets.token_urlsafe(24)
    step.project.write("services.yaml", CONTRACT.replace("ALPHA: one", 'ALPHA: {secret: "env://GITHUB_TOKEN"}'))
    step.project.service("worker", {})
    code, said, _ = step.run(command="plan")
    assert code == 1
    assert "GITHUB_TOKEN" in said


def test_a_comment_that_cannot_be_posted_fails_the_step(step: Step) -> None:
    step.project.service("worker", {})
    code, said, outputs = step.run(command="plan", comment="true")
    assert (code, outputs["exit-code"], outputs["changes"]) == (1, "2", "true")
    assert "GITHUB_" in said


def test_an_apply_without_a_result_does_not_leave_a_comment_that_reads_like_a_plan(step: Step) -> None:
    worker = step.project.service("worker", {"ALPHA": "zero"})
    with github() as stand_in:
        step.project.environ |= {**stand_in.environ, "GITHUB_ACTIONS": "true"}
        event = step.project.write("event.json", json.dumps({"issue": {"number": 7, "pull_request": {}}}))
        step.project.environ["GITHUB_EVENT_PATH"] = str(event)
        planned, said, _ = step.run(command="plan", environments="staging", comment="true")
        (before,) = stand_in.shown(7)
        step.project.api("PUT", f"/services/{worker}/env-vars/ALPHA", {"value": "changed meanwhile"})
        code, _, outputs = step.run(command="apply staging.plan.json", comment="true")
        (after,) = stand_in.shown(7)

    assert (planned, code, outputs["summary"]) == (0, 3, ""), said
    assert "Next: `reconcile apply" in before
    assert "### reconcile apply: `staging`" in after
    assert "The apply ended without a result" in after
    assert "Next:" not in after


def test_the_runners_signal_reaches_the_command(step: Step) -> None:
    running = subprocess.Popen(
        [sys.executable, "-I", str(ACTION / "run.py")],
        cwd=step.project.folder,
        env=step.environment({"COMMAND": "sandbox --port 0 --scenario empty"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout is not None
    assert "RENDER_API_URL" in running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert running.returncode == 0
    assert read_outputs(step.outputs)["exit-code"] == "0"


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A runner on which the stand-in's action runs; whatever it started is stopped."""
    install_already(tmp_path / "tools" / "reconcile", ROOT)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {
        "PATH": os.environ["PATH"],
        "RUNNER_TOOL_CACHE": str(tmp_path / "tools"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_ENV": str(tmp_path / "env"),
        "SANDBOX_PORT": str(port),
        "KEY": secrets.token_urlsafe(12),
    }
    (tmp_path / "temp").mkdir()
    yield environ
    stop(environ)


def stop(runner: dict[str, str]) -> None:
    path = Path(runner["RUNNER_TEMP"]) / "sandbox.pid"
    if path.exists():
        pid = int(path.read_text("utf-8"))
        path.unlink()
        watched = os.pidfd_open(pid)
        os.kill(pid, signal.SIGTERM)
        select.select([watched], [], [], 30)
        os.close(watched)


def test_a_later_job_goes_on_with_the_stand_in_of_the_first(runner: dict[str, str], tmp_path: Path) -> None:
    def started() -> list[dict[str, object]]:
        command = ["bash", str(ROOT / ".github" / "actions" / "sandbox" / "start.sh")]
        shutil.copy(ROOT / "services.yaml", tmp_path)
        done = subprocess.run(
            command, cwd=tmp_path, env=runner, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        url = Path(runner["GITHUB_ENV"]).read_text("utf-8").splitlines()[-1].removeprefix("RENDER_API_URL=")
        answer = httpx.get(f"{url}/services", headers={"Authorization": f"Bearer {runner['KEY']}"}).raise_for_status()
        found: list[dict[str, object]] = answer.json()
        return found

    first = started()
    secret = (tmp_path / "secrets" / "production.env").read_text("utf-8")
    stop(runner)
    kept = tmp_path / "another"
    (kept / "sandbox").mkdir(parents=True)
    shutil.copy(Path(runner["RUNNER_TEMP"]) / "sandbox" / "state.json", kept / "sandbox")
    runner["RUNNER_TEMP"] = str(kept)

    again = started()
    assert {str(each["service"]) for each in again} == {str(each["service"]) for each in first}
    assert (tmp_path / "secrets" / "production.env").read_text("utf-8") == secret
