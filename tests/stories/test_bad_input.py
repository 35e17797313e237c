"""Bad input: one clear error on standard error, the right exit code, and nothing written."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.conftest import Project, Run

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: worker, variables: {ALPHA: one}}
"""
BILLION_LAUGHS = "version: 1\na: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)

FILES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "services.yaml"),
    "empty": (b"", "empty"),
    "only comments": (b"# nothing\n\n", "empty"),
    "not YAML": (b"{[}", "services.yaml:1:"),
    "100 MB": (b"#" * 100_000_000, "MiB"),
    "a billion laughs": (BILLION_LAUGHS.encode(), "services.yaml"),
    "a tab": (b"version: 1\n\tservices: {}\n", "services.yaml:2:"),
    "a duplicate key": (b"version: 1\nservices: {}\nservices: {}\n", "services.yaml:3:1"),
    "a byte order mark": (b"\xef\xbb\xbfversion: 1\n", "services.yaml"),
    "UTF-16": ("version: 1\n".encode("utf-16"), "services.yaml"),
    "not UTF-8": (b"version: 1\nservices: \xff\n", "services.yaml:2:"),
    "a NUL byte": (b"version: 1\nservices: \x00\n", "services.yaml:2:"),
    "a list": (b"- 1\n", "services.yaml:1:1"),
}


def expect_complaint(run: Run, code: int, *words: str) -> None:
    """Check that a command printed nothing but one clear error, and ended as it should."""
    assert run.code == code, run.out + run.err
    assert run.out == ""
    for word in words:
        assert word in run.err, run.err
    assert "Error: " in run.err
    assert "Traceback" not in run.err
    assert "a bug in reconcile" not in run.err
    assert len(run.err) < 3000


@pytest.mark.parametrize("command", [["validate"], ["plan"], ["apply", "--auto-approve"], ["drift"]])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read(project: Project, name: str, command: list[str]) -> None:
    content, place = FILES[name]
    if content is not None:
        (project.folder / "services.yaml").write_bytes(content)

    expect_complaint(project.reconcile(*command), 1, place)
    assert project.requests() == []


@pytest.mark.parametrize("key", ["..", ".", "", "a/b", "1A", "RENDER", "RENDER_X", "A B"])
def test_a_key_that_no_variable_may_have(project: Project, key: str) -> None:
    project.write("services.yaml", CONTRACT.replace("ALPHA: one", f"{json.dumps(key)}: one"))

    expect_complaint(project.reconcile("plan"), 1, "services.yaml:5:")
    assert project.requests() == []


@pytest.mark.parametrize("name", ["..", ".", "", "a/b"])
def test_a_file_name_that_no_secret_file_may_have(project: Project, name: str) -> None:
    files = f"secret_files: {{{json.dumps(name)}: {{value: x}}}}"
    project.write("services.yaml", CONTRACT.replace("variables:", f"{files}, variables:"))

    expect_complaint(project.reconcile("plan"), 1, "services.yaml:5:")
    assert project.requests() == []


def test_no_api_key(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.environ["RENDER_API_KEY"] = ""

    expect_complaint(project.reconcile("plan"), 1, "no API key", "RENDER_API_KEY", "staging")


def test_a_wrong_api_key(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.environ["RENDER_API_KEY"] = "sandbox-of-somebody-else"

    run = project.reconcile("plan")

    expect_complaint(run, 1, "401", "RENDER_API_KEY")
    assert "sandbox-of-somebody-else" not in run.err


def test_a_key_without_access(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.service("worker", {})
    elsewhere = project.control("POST", "/owners", {"name": "elsewhere"})["id"]
    project.environ["RENDER_API_KEY"] = project.control("POST", "/keys", {"owners": [elsewhere]})["key"]

    expect_complaint(project.reconcile("plan"), 1)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_service_that_answers_no_more(project: Project, status: int) -> None:
    project.write("services.yaml", CONTRACT)
    worker = project.service("worker", {})
    project.control("POST", "/faults", {"path": f"*/{worker}/env-vars", "status": status, "body": {"message": "gone"}})

    # Render's own words are not among those: where values are asked for, they might quote one.
    expect_complaint(project.reconcile("plan"), 1, str(status), f"Render refused GET variables {worker}")


def test_a_service_that_is_not_there(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.service("worker2", {})

    expect_complaint(project.reconcile("plan"), 1, "services.yaml:5:", "no service `worker`", "did you mean `worker2`?")


def test_a_name_that_two_services_have(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    first = project.service("worker", {})
    second = project.service("other", {})
    project.control(
        "POST",
        "/faults",
        {"path": "*/services", "lie": [_listed(project, first, "worker"), _listed(project, second, "worker")]},
    )

    expect_complaint(project.reconcile("plan"), 1, "2 services named `worker`", first, second)


def test_an_api_that_cannot_be_reached(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.environ["RENDER_API_URL"] = "http://127.0.0.1:9/v1"

    expect_complaint(project.reconcile("plan"), 1, "127.0.0.1")


def test_an_api_without_encryption_is_never_told_the_key(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.environ["RENDER_API_URL"] = "http://render.example.com/v1"

    expect_complaint(project.reconcile("plan"), 1, "https")


@pytest.mark.parametrize("page", ["status", "truncate", "lie", "html"])
def test_a_page_that_fails_never_reads_as_absent(project: Project, page: str) -> None:
    project.write("services.yaml", CONTRACT)
    worker = project.service("worker", {f"K{number:03}": "x" for number in range(150)})
    fault: dict[str, object] = {"path": f"*/{worker}/env-vars", "after": 1}
    kinds: dict[str, dict[str, object]] = {
        "status": {"status": 500},
        "truncate": {"break": "truncate"},
        "lie": {"lie": [{"surprise": True}]},
        "html": {"lie": "<html>gateway</html>"},
    }
    project.control("POST", "/faults", fault | kinds[page])

    expect_complaint(project.reconcile("plan"), 1)
    assert project.writes() == ["POST /v1/services"]


@pytest.fixture
def plan_file(project: Project) -> Path:
    project.write("services.yaml", CONTRACT)
    project.service("worker", {})
    assert project.reconcile("plan", "-o", "p.json").code == 0
    return project.folder / "p.json"


@pytest.mark.parametrize("command", ["show", "apply", "approve"])
def test_a_half_written_plan_file(project: Project, plan_file: Path, command: str) -> None:
    text = plan_file.read_text()
    for size in (0, 1, len(text) // 2, len(text) - 3):
        plan_file.write_text(text[:size])
        expect_complaint(project.reconcile(command, "p.json"), 1, "p.json")


@pytest.mark.parametrize("command", ["show", "apply", "approve"])
def test_a_plan_of_a_newer_format(project: Project, plan_file: Path, command: str) -> None:
    document = json.loads(plan_file.read_text())
    plan_file.write_text(json.dumps(document | {"format_version": "2.0"}))

    expect_complaint(project.reconcile(command, "p.json"), 1, "'2.0'", "reads 1.x")


@pytest.mark.parametrize("command", ["show", "apply", "approve"])
def test_a_plan_file_that_is_none(project: Project, plan_file: Path, command: str) -> None:
    for text in ("[]", "null", '{"format_version": "1.0"}', "\x00", "[" * 100_000):
        plan_file.write_text(text)
        expect_complaint(project.reconcile(command, "p.json"), 1, "p.json")
    expect_complaint(project.reconcile(command, "nowhere.json"), 1, "nowhere.json")


def test_unresolved_references_are_all_told_at_once(project: Project) -> None:
    project.write(
        "services.yaml",
        """\
        version: 1
        environments:
          staging: {workspace: tea-d1example0example0ex}
        services:
          worker:
            render: worker
            variables:
              A: {secret: dotenv://nowhere.env#/A}
              B: {secret: dotenv://s.env#/NAEM}
              C: {secret: dotenv://s.env#/EMPTY}
              D: {secret: env://NOT_SET}
              E: {secret: file://missing.txt}
              F: {secret: vault://kv/x#/y}
        """,
    )
    project.write("s.env", "NAME=x\nEMPTY=\n")
    project.service("worker", {})
    project.forget_requests()

    run = project.reconcile("plan")

    assert run.code == 1
    lines = run.err.splitlines()
    assert [line.split(": ")[0] for line in lines[:6]] == [f"services.yaml:{number}:7" for number in range(8, 14)]
    assert "did you mean" in lines[1]
    assert "VAULT_ADDR is not set" in lines[5]
    assert "6 problems" in lines[6]
    assert project.writes() == []


@pytest.mark.parametrize(
    "arguments", [["plan", "--nonsense"], ["nonsense"], ["apply", "--allow-deletes", "x"], ["show"]]
)
def test_usage_errors_end_with_1(project: Project, arguments: list[str]) -> None:
    run = project.reconcile(*arguments)

    assert run.code == 1
    assert "Error: " in run.err
    assert run.out == ""


def test_a_plan_file_is_whole_or_not_there(project: Project, plan_file: Path) -> None:
    plan_file.unlink()
    plan_file.mkdir()
    into_folder = project.reconcile("plan", "-o", "p.json")
    nowhere = project.reconcile("plan", "-o", "nowhere/p.json")

    assert into_folder.code == 1
    expect_complaint(nowhere, 1, "nowhere")
    assert [path.name for path in project.folder.iterdir() if path.name.startswith(".p.json")] == []


def test_a_reader_that_goes_away_is_no_bug(project: Project) -> None:
    command = " ".join(["exec", *project.command("schema"), "|", "head", "-c", "10"])
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


def _listed(project: Project, service_id: str, name: str) -> dict[str, object]:
    service = project.api("GET", f"/services/{service_id}")
    return {"service": {**service, "name": name}, "cursor": service_id}
