"""Plan: what a person reads before anything happens, and what the file beside it holds."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging:
        workspace: tea-d1example0example0ex
    services:
      worker:
        render: worker
        variables:
          LOG_LEVEL: info
          REGION: oregon
          TOKEN: {secret: dotenv://secrets.env#/TOKEN}
          OLD_FLAG: {absent: true}
"""


@pytest.fixture
def worker(project: Project) -> str:
    project.write("services.yaml", CONTRACT)
    project.write("secrets.env", "TOKEN='a-new-token'\n")
    live = {"LOG_LEVEL": "debug", "TOKEN": "an-old-token", "OLD_FLAG": "1", "MINE": "x"}
    service_id = project.service("worker", live)
    project.forget_requests()
    return service_id


def test_says_what_would_be_added_changed_and_destroyed(project: Project, worker: str) -> None:
    run = project.reconcile("plan")

    assert run.code == 0, run.err
    masked = re.sub(r"[0-9a-f]{8} -> [0-9a-f]{8}", "xxxxxxxx -> xxxxxxxx", run.out)
    assert masked == (
        f"staging/worker  (worker, {worker})\n"
        "  + REGION      = oregon\n"
        "  ~ LOG_LEVEL   = debug -> info\n"
        "  ~ TOKEN       = (secret xxxxxxxx -> xxxxxxxx)   dotenv://secrets.env#/TOKEN\n"
        "  - OLD_FLAG                                      declared absent\n"
        "\n"
        "Plan: 1 to add, 2 to change, 1 to destroy. 1 undeclared left alone.\n"
        "1 deploy, about 2 s of API calls.\n"
    )
    assert run.err == ""
    assert project.writes() == []


@pytest.mark.usefixtures("worker")
def test_loads_no_database_library_where_nothing_was_applied_yet(project: Project) -> None:
    run = project.reconcile("plan", env={"PYTHONPROFILEIMPORTTIME": "1"})

    assert run.code == 0
    assert "reconciler.planning" in run.err
    assert "sqlalchemy" not in run.err


def test_says_the_same_twice_whatever_order_render_lists_in(project: Project, worker: str) -> None:
    def put_again() -> str:
        project.api("PUT", f"/services/{worker}/env-vars/MINE", {"value": "y"})
        project.api("PUT", f"/services/{worker}/env-vars/LOG_LEVEL", {"value": "debug"})
        return project.reconcile("plan").out

    assert put_again() == put_again()


def test_tells_changes_by_its_exit_code_only_when_asked(project: Project, worker: str) -> None:
    assert project.reconcile("plan", "--detailed-exitcode").code == 2
    for key, value in {"LOG_LEVEL": "info", "REGION": "oregon", "TOKEN": "a-new-token"}.items():
        project.api("PUT", f"/services/{worker}/env-vars/{key}", {"value": value})
    project.api("DELETE", f"/services/{worker}/env-vars/OLD_FLAG")

    run = project.reconcile("plan", "--detailed-exitcode")

    assert run.code == 0
    assert run.out == (
        "No changes. Render matches services.yaml. 1 undeclared left alone.\n"
        "Not verified: whether the running deploy of 1 service has these values.\n"
    )


@pytest.mark.usefixtures("worker")
def test_writes_a_file_that_show_reads_back(project: Project) -> None:
    planned = project.reconcile("plan", "-o", "p.json")
    shown = project.reconcile("show", "p.json")

    assert planned.code == shown.code == 0
    assert shown.out.startswith(planned.out.rstrip())
    document = json.loads((project.folder / "p.json").read_text())
    assert (project.folder / "p.json").stat().st_mode & 0o777 == 0o600
    assert document["summary"] == {
        "add": 1, "change": 2, "destroy": 1, "unchanged": 0, "undeclared": 1, "errors": 0, "warnings": 0,
    }  # fmt: skip
    assert document["undeclared"] == ["staging/worker/MINE"]
    assert document["estimate"]["reads"] == {"services": 1, "variables": 1, "audit_logs": 1}
    changes = {change["address"]: change["change"] for change in document["resource_changes"]}
    assert changes["staging/worker/LOG_LEVEL"] == {
        "actions": ["update"],
        "before": {"value": "debug"},
        "after": {"value": "info"},
        "before_sensitive": False,
        "after_sensitive": False,
    }
    assert set(changes["staging/worker/TOKEN"]["before"]) == {"fingerprint"}
    assert changes["staging/worker/OLD_FLAG"]["after"] is None
    assert json.loads(project.reconcile("show", "p.json", "--format", "json").out) == document


@pytest.mark.usefixtures("worker")
def test_prints_json_that_is_the_plan_file_and_markdown_with_every_deletion(project: Project) -> None:
    document = json.loads(project.reconcile("plan", "--format", "json").out)
    markdown = project.reconcile("plan", "--format", "markdown").out

    assert document["format_version"] == "1.0"
    assert "| `-` | `staging/worker/OLD_FLAG` |  | `declared absent` |" in markdown
    assert "1 to destroy" in markdown


def test_a_missing_external_variable_is_an_error_but_the_file_is_written(project: Project) -> None:
    project.write("services.yaml", CONTRACT + "          OPENAI_API_KEY: {type: api_key, external: true}\n")
    project.write("secrets.env", "TOKEN=t\n")
    project.service("worker", {})

    run = project.reconcile("plan", "-o", "p.json")

    assert run.code == 1
    assert "  ! OPENAI_API_KEY   missing; people set it on Render (external)\n      services.yaml:13:7" in run.out
    assert "Checks: 1 error, 0 warnings" in run.out
    assert (project.folder / "p.json").exists()
    assert project.reconcile("apply", "p.json").code == 3
    assert project.writes() == ["POST /v1/services"]


def test_an_external_variable_that_is_there_is_kept_and_checked(project: Project) -> None:
    project.write(
        "services.yaml",
        CONTRACT.replace("LOG_LEVEL: info", "POOL_SIZE: {type: integer, external: true}").replace("OLD_FLAG", "GONE"),
    )
    project.write("secrets.env", "TOKEN=t\n")
    worker = project.service("worker", {"POOL_SIZE": "eighty", "REGION": "oregon", "TOKEN": "t"})

    wrong = project.reconcile("plan")
    project.api("PUT", f"/services/{worker}/env-vars/POOL_SIZE", {"value": "80"})
    right = project.reconcile("plan")

    assert wrong.code == 1
    assert "RC001" in wrong.out
    assert "eighty" not in wrong.out
    assert right.code == 0
    assert right.out.startswith("No changes.")


def test_prune_deletes_what_is_undeclared_and_ignore_hides_what_is_others(project: Project) -> None:
    project.write("services.yaml", CONTRACT + '        prune: true\n        ignore: ["DD_*"]\n')
    project.write("secrets.env", "TOKEN=t\n")
    project.service("worker", {"LOG_LEVEL": "info", "REGION": "oregon", "TOKEN": "t", "MINE": "x", "DD_SITE": "eu"})

    run = project.reconcile("plan")

    assert "  - MINE" in run.out
    assert "undeclared, and the service is pruned" in run.out
    assert "DD_SITE" not in run.out
    assert "Plan: 0 to add, 0 to change, 1 to destroy. 1 deploy" in run.out


def test_deleting_most_of_a_service_needs_a_permission_that_the_digest_covers(project: Project) -> None:
    project.write("services.yaml", CONTRACT + "        prune: true\n")
    project.write("secrets.env", "TOKEN=t\n")
    project.service("worker", {f"OLD_{number}": "x" for number in range(8)})

    refused = project.reconcile("plan", "-o", "p.json")
    applied = project.reconcile("apply", "p.json")
    few = project.reconcile("plan", "--allow-deletes", "7")
    enough = project.reconcile("plan", "--allow-deletes", "8")

    assert (refused.code, applied.code, few.code, enough.code) == (1, 3, 1, 0)
    assert "would delete 8 of the 8 that staging/worker has" in refused.out
    assert "plan with --allow-deletes 8" in refused.out
    assert "--allow-deletes 8" in applied.err


def test_a_destructive_rotation_must_be_named(project: Project) -> None:
    project.write(
        "services.yaml",
        CONTRACT.replace("dotenv://secrets.env#/TOKEN", "dotenv://secrets.env#/TOKEN, rotation: destructive"),
    )
    project.write("secrets.env", "TOKEN='a-new-token'\n")
    worker = project.service("worker", {})

    created = project.reconcile("plan")
    project.api("PUT", f"/services/{worker}/env-vars/TOKEN", {"value": "an-old-token"})
    changed = project.reconcile("plan")
    named = project.reconcile("plan", "--allow-rotation", "staging/worker/TOKEN")

    assert (created.code, changed.code, named.code) == (0, 1, 0)
    assert "plan with --allow-rotation staging/worker/TOKEN" in changed.out


def test_a_generated_value_is_made_once_and_kept(project: Project) -> None:
    project.write("services.yaml", CONTRACT + "          SESSION_KEY: {generate: {bytes: 32, encoding: hex}}\n")
    project.write("secrets.env", "TOKEN=t\n")
    worker = project.service("worker", {})

    planned = project.reconcile("plan")
    applied = project.reconcile("apply", "--auto-approve")
    made = project.variables(worker)["SESSION_KEY"]
    again = project.reconcile("plan")

    assert "+ SESSION_KEY   = (known after apply)" in planned.out
    assert applied.code == 0, applied.err
    assert re.fullmatch(r"[0-9a-f]{64}", made)
    assert made not in applied.out + applied.err
    assert again.out.startswith("No changes.")


def test_secret_files_are_planned_and_applied_like_variables(project: Project) -> None:
    project.write("services.yaml", CONTRACT + "        secret_files:\n          ca.pem: {secret: file://ca.pem}\n")
    project.write("secrets.env", "TOKEN=t\n")
    project.write("ca.pem", "line one\nline two\n")
    worker = project.service("worker", {})

    planned = project.reconcile("plan")
    applied = project.reconcile("apply", "--auto-approve")

    assert "+ files/ca.pem" in planned.out
    assert applied.code == 0, applied.err
    assert project.api("GET", f"/services/{worker}/secret-files/ca.pem")["content"] == "line one\nline two"
    assert project.reconcile("plan").out.startswith("No changes.")


def test_the_scope_narrows_to_environments_and_services(project: Project) -> None:
    project.write(
        "services.yaml",
        """\
        version: 1
        environments:
          staging: {workspace: tea-d1example0example0ex}
          development: {workspace: tea-d1example0example0ex}
        services:
          api: {render: "api-{environment}", variables: {A: "1"}}
          worker: {render: "worker-{environment}", variables: {A: "1"}}
        """,
    )
    for name in ("api-staging", "api-development", "worker-staging", "worker-development"):
        project.service(name, {})

    everything = project.reconcile("plan").out
    one = project.reconcile("plan", "-e", "staging", "-s", "worker")
    unknown = project.reconcile("plan", "-e", "stagign")

    assert re.findall(r"^\S+/\S+", everything, re.MULTILINE) == [
        "development/api", "development/worker", "staging/api", "staging/worker",
    ]  # fmt: skip
    assert re.findall(r"^\S+/\S+", one.out, re.MULTILINE) == ["staging/worker"]
    assert unknown.code == 1
    assert "no environment `stagign` in services.yaml; did you mean `staging`?" in unknown.err


def test_values_that_look_secret_are_never_shown_even_where_declared_plain(project: Project) -> None:
    token = "AKIA" + "Q7XN3ZT5WVB2KM9P"
    project.write("services.yaml", CONTRACT)
    project.write("secrets.env", "TOKEN=t\n")
    project.service("worker", {"LOG_LEVEL": token})

    run = project.reconcile("plan", "-o", "p.json")

    assert token not in run.out
    assert token not in (project.folder / "p.json").read_text()
    assert re.search(r"~ LOG_LEVEL +", run.out)
