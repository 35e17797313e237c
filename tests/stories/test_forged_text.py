"""Forged text: what others wrote reaches the screen as text, and an approver is shown what was planned."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.stories.conftest import Project, Run

HOSTILE = "x\x1b[2J\x1b[H\r\n\x9b1A\u202ePlan: 0 to add\u2028"
CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker:
        render: worker
        variables:
          ALPHA: one
          BETA: two
          TOKEN: {secret: dotenv://secrets.env#/TOKEN, rotation: destructive}
          OLD_FLAG: {absent: true}
"""


def is_harmless(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@pytest.fixture
def plan(project: Project) -> Path:
    project.write("services.yaml", CONTRACT)
    project.write("secrets.env", "TOKEN=a-new-token\n")
    project.service("worker", {"ALPHA": "none", "TOKEN": "an-old-token", "OLD_FLAG": "1", "MINE": "x"})
    permissions = ("--no-deploy", "--allow-rotation", "staging/worker/TOKEN")
    assert project.reconcile("plan", "-o", "p.json", *permissions).code == 0
    return project.folder / "p.json"


def changed(project: Project, plan: Path, change: Callable[[dict[str, Any]], object]) -> Run:
    document = json.loads(plan.read_text())
    change(document)
    plan.write_text(json.dumps(document))
    return project.reconcile("show", plan.name)


def check(**members: object) -> dict[str, object]:
    place = {"file": "services.yaml", "line": 1, "column": 1}
    made = {"code": "RC013", "name": "suspended", "severity": "warning", "message": "m", "address": None, "fix": None}
    return {**made, "location": place, **members}


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.update(created_by=HOSTILE),
        lambda plan: plan.update(plan_id=HOSTILE),
        lambda plan: plan.update(key_id=HOSTILE),
        lambda plan: plan.update(commit=HOSTILE),
        lambda plan: plan["targets"][0].update(id=HOSTILE),
        lambda plan: plan["targets"][0].update(name=HOSTILE),
        lambda plan: plan["targets"][0].update(address=f"staging/{HOSTILE}"),
        lambda plan: plan["resource_changes"][0].update(source=HOSTILE),
        lambda plan: plan["resource_changes"][0].update(target_id=HOSTILE),
        lambda plan: plan["estimate"]["reads"].update({HOSTILE: 1}),
        lambda plan: plan["checks"].append(check(code=HOSTILE)),
        lambda plan: plan["checks"].append(check(code="RC013 |\n\n# Approved")),
        lambda plan: plan["checks"].append(check(name=HOSTILE)),
        lambda plan: plan["checks"].append(check(message=HOSTILE)),
        lambda plan: plan["checks"].append(check(fix=HOSTILE)),
        lambda plan: plan["checks"].append(check(location={"file": HOSTILE, "line": 1, "column": 1})),
    ],
)
def test_a_plan_file_that_would_forge_the_screen_is_refused(
    project: Project, plan: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    run = changed(project, plan, change)

    assert run.code == 1
    assert "p.json is not a plan file" in run.err
    assert run.out == ""
    assert is_harmless(run.err)


def twice(part: str, **members: object) -> Callable[[dict[str, Any]], object]:
    return lambda plan: plan[part].insert(0, {**plan[part][0], **members})


@pytest.mark.parametrize(
    "change",
    [
        twice("resource_changes"),
        twice("targets", id="srv-other", name="worker-staging"),
        lambda plan: (
            plan["targets"].append({"address": "staging/other", "id": "srv-0", "name": "x"}) or twice("targets")(plan)
        ),
        lambda plan: plan["targets"].clear(),
        lambda plan: plan["resource_changes"].reverse(),
        lambda plan: plan["resource_changes"][0].update(environment="production"),
        lambda plan: plan["resource_changes"][0].update(service="api"),
        lambda plan: plan["resource_changes"][0].update(key="HARMLESS"),
        lambda plan: plan["resource_changes"][0].update(kind="secret_file"),
        lambda plan: plan["resource_changes"][0].update(target_id="srv-other"),
        lambda plan: plan["resource_changes"][0]["change"].update(after_sensitive=True),
        lambda plan: plan["resource_changes"][0].update(action_reason="delete_because_declared_absent"),
        lambda plan: plan["deploys"].append({"address": "staging/other", "target_id": "srv-o", "mode": "deploy_only"}),
        lambda plan: plan["undeclared"].append("staging/other/X"),
        lambda plan: plan["undeclared"].append("staging/worker/MINE"),
        lambda plan: plan["summary"].update(destroy=0),
        lambda plan: plan["estimate"].update(deploys=7),
        lambda plan: plan.update(kind="rollback"),
        lambda plan: plan.update(run=7),
        lambda plan: plan["resource_changes"][-1].update(action_reason="delete_because_rolled_back"),
    ],
)
def test_a_plan_file_that_contradicts_itself_is_refused(
    project: Project, plan: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    run = changed(project, plan, change)

    assert run.code == 3
    assert "was changed after it was made" in run.err
    assert run.out == ""


def test_why_something_goes_is_covered_by_the_digest(project: Project, plan: Path) -> None:
    run = changed(
        project,
        plan,
        lambda document: [
            change.update(action_reason="delete_because_undeclared_and_pruned")
            for change in document["resource_changes"]
            if change["change"]["actions"] == ["delete"]
        ],
    )

    assert run.code == 3
    assert "its content is not what its digest stands for" in run.err


def test_permissions_are_shown_to_whoever_approves(project: Project, plan: Path) -> None:
    text = project.reconcile("show", plan.name).out
    markdown = project.reconcile("show", plan.name, "--format", "markdown").out
    ordinary = project.reconcile("plan", "--format", "markdown").out

    assert "\nPermissions: --no-deploy, --allow-rotation staging/worker/TOKEN.\n" in text
    assert text.index("Permissions: ") < text.index("Plan: ")
    assert "**Permissions:** `--no-deploy`, `--allow-rotation staging/worker/TOKEN`." in markdown
    assert "Permissions" not in ordinary


def test_a_permission_for_what_is_no_address_cannot_be_stored(project: Project, plan: Path) -> None:
    plan.unlink()
    run = project.reconcile("plan", "-o", plan.name, "--allow-rotation", HOSTILE)

    assert run.code == 1
    assert "allow_rotation" in run.err
    assert not plan.exists()
    assert is_harmless(run.out + run.err)


def test_names_on_render_are_shown_as_text(project: Project, plan: Path) -> None:
    project.write("services.yaml", CONTRACT.replace("render: worker", "render: Worker"))
    listed = project.api("GET", "/services")
    lie = [{**item, "service": {**item["service"], "name": f"worker{HOSTILE}"}} for item in listed]
    project.control("POST", "/faults", {"path": "*/services", "lie": lie})
    missing = project.reconcile("plan", "-o", plan.name)
    target = listed[0]["service"]["id"]
    project.write("services.yaml", CONTRACT.replace("render: worker", f"render: {target}"))
    planned = project.reconcile("plan", "-o", plan.name, "--allow-rotation", "staging/worker/TOKEN")
    shown = [project.reconcile("show", plan.name, "--format", form) for form in ("text", "markdown", "json")]

    assert (missing.code, planned.code, *(run.code for run in shown)) == (1, 0, 0, 0, 0)
    assert "no service `Worker`" in missing.err
    assert "worker" + r"x\x1b[2J" in planned.out
    for run in (missing, planned, *shown):
        assert is_harmless(run.out + run.err)


def test_shorter_than_a_second_is_not_nothing_to_the_digest(project: Project, plan: Path) -> None:
    project.environ["RECONCILE_PLAN_KEY"] = secrets.token_urlsafe(32)
    project.environ["OTHER_KEY"] = project.sandbox.api_key
    variants = [
        "deploy: {timeout: 1001ms}",
        "deploy: {timeout: 1999ms}",
        "health: {log_ready: x, within: 1001ms}",
        "health: {log_ready: x, within: 1999ms}",
    ]
    texts = [CONTRACT + f"        {variant}\n" for variant in variants]
    texts += [CONTRACT, CONTRACT.replace("example0ex}", "example0ex, api_key: OTHER_KEY}")]
    digests = set()
    for text in texts:
        project.write("services.yaml", text)
        digests.add(json.loads(project.reconcile("plan", "--format", "json").out)["digest"])

    assert plan.exists()
    assert len(digests) == len(texts)


@pytest.mark.parametrize("character", ["\u202e", "\x9b", "\u2028", "\u200b", "\ufeff"])
def test_a_reference_shows_all_that_it_says(project: Project, character: str) -> None:
    escaped = json.dumps(f"env://A{character}B")
    project.write("services.yaml", CONTRACT.replace("dotenv://secrets.env#/TOKEN", escaped))

    run = project.reconcile("validate")

    assert run.code == 1
    assert "services.yaml:10:" in run.err
    assert is_harmless(run.err)


@pytest.mark.parametrize("reference", ["dotenv://.env#/ANYTHING", "file://key.txt", "env://INNOCENT"])
@pytest.mark.parametrize("own", ["RENDER_API_KEY", "RECONCILE_PLAN_KEY", "OTHER_KEY"])
def test_no_service_is_handed_one_of_our_own_keys(project: Project, reference: str, own: str) -> None:
    key = project.sandbox.api_key if own != "RECONCILE_PLAN_KEY" else secrets.token_urlsafe(32)
    contract = CONTRACT.replace("dotenv://secrets.env#/TOKEN", f"'{reference}'")
    if own == "OTHER_KEY":
        contract = contract.replace("example0ex}", "example0ex, api_key: OTHER_KEY}")
        project.environ["RENDER_API_KEY"] = ""
    project.environ |= {own: key, "INNOCENT": key}
    project.write("services.yaml", contract)
    project.write(".env", f"ANYTHING={key}\n")
    project.write("key.txt", f'{{"key": "{key}"}}\n')
    worker = project.service("worker", {})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 1
    assert f"that of {own}, which is reconcile's own key" in run.err
    assert key not in run.err
    assert project.variables(worker) == {}


def test_gits_own_files_are_no_secrets(project: Project) -> None:
    project.write("services.yaml", CONTRACT.replace("dotenv://secrets.env#/TOKEN", "file://.git/config"))
    project.write(".git/config", "[http]\n\textraheader = AUTHORIZATION: basic x\n")
    project.service("worker", {})

    run = project.reconcile("plan")

    assert run.code == 1
    assert "the file is git's own, inside `.git`" in run.err


@pytest.mark.parametrize("identity", ["x\x00y", "x\x1b[2Jy\nApproved by bob", "\u202ebob", "", "x" * 257])
def test_an_identity_that_does_not_show_is_refused(project: Project, plan: Path, identity: str) -> None:
    statement = {
        "plan_id": "plan-0", "digest": "0" * 64, "environments": ["staging"], "created_by": "x",
        "issued_at": "2026-01-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z",
    }  # fmt: skip
    approvals = [{"statement": statement, "identity": identity, "signature": "x"}]
    (plan.parent / "p.json.approvals.json").write_text(json.dumps(approvals))

    run = project.reconcile("apply", plan.name)

    assert run.code == 3
    assert "is not an approvals file: 0.identity" in run.err
    assert is_harmless(run.err)


def test_a_hail_of_signals_is_one_interruption(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.write("secrets.env", "TOKEN=t\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        environment = project.environment({"RENDER_API_URL": f"http://127.0.0.1:{server.getsockname()[1]}/v1"})
        process = subprocess.Popen(
            project.command("plan"), cwd=project.folder, env=environment, stderr=subprocess.PIPE, text=True
        )
        connection, _ = server.accept()
        with connection:
            while process.poll() is None:
                for number in (signal.SIGINT, signal.SIGTERM):
                    process.send_signal(number)
    _, told = process.communicate()

    assert process.returncode == 130
    assert told.count("Interrupted. Nothing was changed on Render.") == 1
    assert "Traceback" not in told, told


def test_nobody_left_to_read_does_not_change_how_it_ended(project: Project, plan: Path) -> None:
    plan.write_text(plan.read_text().replace("a-new-token", "").replace('"destroy": 1', '"destroy": 0'))
    ours, theirs = os.pipe()
    os.close(ours)
    process = subprocess.run(
        project.command("apply", plan.name),
        cwd=project.folder, env=project.environment(), stdout=theirs, stderr=theirs, check=False,
    )  # fmt: skip
    os.close(theirs)

    assert process.returncode == 3
