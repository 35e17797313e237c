"""In GitHub's Actions: what the runner is told, that nobody else tells it anything, and what the step's summary has."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING

import pytest

from tests.stories.test_policy import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.conftest import Project, Run

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker:
        render: worker
        variables:
          LEVEL: info
          TOKEN: {secret: "dotenv://s.env#/TOKEN"}
          PEM: {secret: "dotenv://s.env#/PEM"}
          SHORT: {secret: "dotenv://s.env#/SHORT"}
          QUIET: {value: hushed-word, sensitive: true}
"""
SMUGGLED = ("::error::pwned", "  ::set-output name=a::b", "##[add-mask]pwned", "x ##[stop-commands]y", "::add-mask::e")


@pytest.fixture
def token() -> str:
    return f"100%-{secrets.token_hex(8)}"


@pytest.fixture
def actions(project: Project, token: str) -> Project:
    """A project in a job of Actions, with a value of each shape that a mask has to deal with."""
    project.write("services.yaml", CONTRACT)
    project.write("s.env", f"TOKEN={token}\nPEM='first-{token}\r\n  second: line\n}}\n'\nSHORT=true\n")
    project.service("worker", {})
    project.environ |= {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(project.folder / "summary.md")}
    return project


def commands(run: Run) -> list[str]:
    """Every line that the runner would act on, found as it finds them, but for what the old form alone would match."""
    lines = re.split(r"\r\n|\r|\n", run.out) + re.split(r"\r\n|\r|\n", run.err)
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


COMMANDS = {
    "plan": ("plan", "-o", "p.json"),
    "plan as JSON": ("plan", "--format", "json"),
    "drift": ("drift", "--format", "json"),
    "diagnose": ("diagnose", "worker", "-e", "staging", "--format", "json"),
    "check": ("secrets", "check"),
    "apply": ("apply", "--auto-approve", "--format", "json"),
    "exec": ("exec", "-s", "worker", "-e", "staging", "--", "true"),
    "export": ("export", "-s", "worker", "-e", "staging", "--show-secrets", "--format", "json"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_secrets_are_masked_before_anything_else_is_said(actions: Project, token: str, name: str) -> None:
    run = actions.reconcile(*COMMANDS[name])
    elsewhere = actions.reconcile(*COMMANDS[name], env={"GITHUB_ACTIONS": "True" if "json" in COMMANDS[name] else "1"})

    escaped = token.replace("%", "%25")
    masks = [f"::add-mask::{escaped}", f"::add-mask::first-{escaped}", "::add-mask::second: line"]
    said = run.err.split("\n")
    assert run.code == 0, run.err
    assert set(said[:3]) == set(masks)
    assert set(commands(run)) - set(masks) <= {"::add-mask::hushed-word"}
    assert ("::add-mask::hushed-word" in said) is (name in {"exec", "export"})
    if "json" in COMMANDS[name]:
        assert isinstance(json.loads(run.out), dict)
    assert "::" not in elsewhere.err
    rest = "\n".join(line for line in said if not line.startswith("::add-mask::"))
    summaries = "".join(path.read_text() for path in actions.folder.glob("summary.md"))
    assert token not in rest + summaries + ("" if name == "export" else run.out)


def test_what_is_wrong_stands_beside_its_line(actions: Project) -> None:
    actions.environ["GITHUB_WORKSPACE"] = str(actions.folder)
    wrong = "".join(f"          BAD{number}: {{type: port, value: '::error::no%\\r,'}}\n" for number in range(12))
    actions.write("infra/services.yaml", CONTRACT + wrong)
    mistakes = actions.reconcile("-f", str(actions.folder / "infra" / "services.yaml"), "validate")
    actions.write("s.env", "TOKEN=x\nPEM=y\n")
    unresolved = actions.reconcile("plan")
    actions.write("s.env", "TOKEN=x\nPEM=y\nSHORT=z\n")
    actions.write("services.yaml", CONTRACT.replace("LEVEL: info", "LEVEL: {type: port, external: true}"))
    found = actions.reconcile("plan", "--format", "json")

    annotations = commands(mistakes)
    assert mistakes.code == 1
    assert len(annotations) == 10
    assert annotations[0].startswith("::error file=infra/services.yaml,line=13,col=")
    assert annotations[-1] == "::error::3 more errors: see the log of this step"
    assert [line[:50] for line in commands(unresolved)] == ["::error file=services.yaml,line=11,col=7::staging/"]
    (annotation,) = commands(found)
    assert annotation.startswith("::error file=services.yaml,line=8,col=7,title=RC002 ")
    assert "staging/worker/LEVEL" in annotation
    summary = (actions.folder / "summary.md").read_text()
    assert summary.count("### reconcile failed") == 2
    assert summary.count("services.yaml:13:") == 1


def test_nobody_smuggles_a_command_in(actions: Project) -> None:
    worker = actions.service("hostile", dict.fromkeys(("A", "B"), "x"))
    variables = "".join(
        f"          K{number}: {json.dumps(text)}\n"
        for number, text in enumerate((*SMUGGLED, "a\n::error::b", "a\r::b::"))
    )
    contract = CONTRACT.partition("          LEVEL")[0] + variables
    actions.write("services.yaml", contract)
    formats = ("text", "json", "markdown", "html", "sarif")
    runs = [actions.reconcile("plan", "-o", "p.json"), actions.reconcile("drift")]
    runs += [actions.reconcile("show", "p.json", "--format", form) for form in formats]
    for name in ("##[error]x", "::error::worker"):
        actions.write("services.yaml", contract.replace("render: worker", f"render: {json.dumps(name)}"))
        runs += [actions.reconcile("plan"), actions.reconcile("plan", "-s", name), actions.reconcile("plan", name)]
    smuggled = [
        line
        for run in runs
        for line in commands(run)
        if not re.match(r"::error( file=services\.yaml,line=\d+,col=\d+)?::[^:#]", line)
    ]
    assert smuggled == []
    assert "##[" not in (actions.folder / "p.json").read_text()
    fault = {
        "method": "PUT",
        "path": "*/env-vars/*",
        "status": 400,
        "body": {"message": "no\n::error::pwned ##[error]x"},
    }
    actions.control("POST", "/faults", fault)
    actions.write("services.yaml", contract.replace("render: worker", f"render: {worker}"))
    refused = actions.reconcile("apply", "--auto-approve")
    exported = actions.reconcile("export", "-s", "worker", "-e", "staging", "--show-secrets")

    assert refused.code in {1, 4}
    assert commands(refused) == []
    assert "### Apply incomplete" in (actions.folder / "summary.md").read_text()
    assert (exported.code, exported.out) == (1, "")
    assert "what GitHub's runner would take for a command" in exported.err


def test_each_command_appends_to_the_summary(actions: Project) -> None:
    summary = actions.folder / "summary.md"
    git(actions.folder, "init", "-q", "-b", "main")
    git(actions.folder, "add", "services.yaml")
    git(actions.folder, "commit", "-q", "-m", "contract")
    told = []
    for arguments in (("validate",), ("diff", "HEAD"), ("plan",), ("apply", "--auto-approve"), ("drift",)):
        before = summary.stat().st_size if summary.exists() else 0
        assert actions.reconcile(*arguments).code == 0
        told.append(summary.read_text(encoding="utf-8")[before:])

    assert "services.yaml is valid" in told[0]
    assert "No change in meaning since HEAD" in told[1]
    assert "Plan: 5 to add" in told[2]
    assert "`staging/worker/TOKEN`" in told[2]
    assert "Variables: 5 added" in told[3]
    assert "is live" in told[3]
    assert "No drift" in told[4]


def full(path: Path) -> None:
    path.write_bytes(b"x" * 999_500)


def unwritable(path: Path) -> None:
    path.mkdir()


def test_a_summary_is_cut_and_one_that_cannot_be_written_fails_nothing(actions: Project) -> None:
    summary = actions.folder / "summary.md"
    full(summary)
    cut = actions.reconcile("plan")
    size = summary.stat().st_size
    text = summary.read_text()
    again = actions.reconcile("plan")
    unwritable(actions.folder / "folder")
    missing = actions.reconcile("plan", env={"GITHUB_STEP_SUMMARY": str(actions.folder / "folder")})

    assert [run.code for run in (cut, again, missing)] == [0, 0, 0]
    assert "**Cut here:** the rest does not fit" in text
    assert size <= summary.stat().st_size <= 1_000_000
    assert "The step's summary was not written: Is a directory" in missing.err


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "RECONCILE_STORE_URL"])
def test_what_the_job_is_trusted_by_is_given_to_no_service(actions: Project, token: str, name: str) -> None:
    held = {"RECONCILE_STORE_URL": f"sqlite:///{token}.db"}.get(name, token)
    copied = f"Authorization: {held} in a file"
    actions.environ |= {name: held, "COPY": held}
    actions.write("copy", copied)
    forms = (f"env://{name}", "env://COPY", "file://copy")
    actions.forget_requests()
    for form in forms:
        actions.write("services.yaml", CONTRACT.replace("dotenv://s.env#/TOKEN", form))
        run = actions.reconcile("apply", "-e", "staging", "--auto-approve")

        assert run.code == 1, form
        assert "reconcile's own key" in run.err
        assert held not in run.out + run.err
    assert actions.writes() == []
