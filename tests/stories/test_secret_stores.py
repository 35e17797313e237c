"""Secrets from real stores: plan and apply with them, check them, run with them; a store that is down stops all."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
import yaml
from dotenv import dotenv_values

from tests.secrets.openbao import OpenBao, free_port, running
from tests.stories.test_secrecy import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stories.conftest import Project, Run

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      production: {workspace: tea-d1example0example0ex}
    services:
      api:
        render: api-{environment}
        variables:
          TOKEN: {secret: "vault://secret/app/{environment}#/token"}
          PEM: {secret: "vault://secret/app/{environment}#/pem"}
          FILED: {secret: "dotenv://{environment}.env#/FILED"}
          LOG_LEVEL: info
          SET_BY_PEOPLE: {external: true}
          MADE: {generate: {bytes: 32}}
          GONE: {absent: true}
"""
SHOW = "import json, os, sys; json.dump(dict(os.environ), sys.stdout)"


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with running(tmp_path_factory.mktemp("bao")) as server:
        yield server


@pytest.fixture
def values() -> dict[str, str]:
    kind = "PRIVATE KEY"
    body = secrets.token_hex(24)
    return {
        "token": f"{secrets.token_hex(12)} 'q' \"d\" $HOME=\\ #ü😀",
        "pem": f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n",
    }


@pytest.fixture
def api(project: Project, bao: OpenBao, values: dict[str, str]) -> Project:
    project.write("services.yaml", CONTRACT)
    project.environ |= bao.environ()
    for environment in ("staging", "production"):
        bao.put(f"app/{environment}", values)
        project.write(f"{environment}.env", f"FILED={secrets.token_hex(8)}\n")
        project.service(f"api-{environment}", {"SET_BY_PEOPLE": "x", "GONE": "x"})
    return project


def check_nothing_leaked(project: Project, values: dict[str, str], *runs: Run) -> None:
    assert runs
    for secret in [*values.values(), project.environ["VAULT_TOKEN"]]:
        for form in forms(secret):
            assert all(form not in run.out + run.err for run in runs)


def test_values_from_a_store_are_planned_and_applied_byte_for_byte(api: Project, values: dict[str, str]) -> None:
    planned = api.reconcile("plan", "-v", "-e", "staging")
    applied = api.reconcile("apply", "-v", "-e", "staging", "--auto-approve")
    again = api.reconcile("plan", "-e", "staging")

    assert applied.code == 0, applied.out + applied.err
    (service,) = [each["service"] for each in api.api("GET", "/services?name=api-staging")]
    live = api.variables(service["id"])
    assert (live["TOKEN"], live["PEM"]) == (values["token"], values["pem"])
    assert "vault://secret/app/staging#/token" in planned.out
    assert "No changes" in again.out
    check_nothing_leaked(api, values, planned, applied, again)


def test_a_store_that_is_down_fails_the_plan_and_nothing_is_written(api: Project, values: dict[str, str]) -> None:
    api.environ["VAULT_ADDR"] = f"http://127.0.0.1:{free_port()}"
    api.forget_requests()

    run = api.reconcile("apply", "-v", "-e", "staging", "--auto-approve")

    assert run.code == 1
    assert "services.yaml:9:" in run.err
    assert "services.yaml:10:" in run.err
    assert "staging/api/TOKEN: vault://secret/app/staging#/token: the server cannot be reached" in run.err
    assert "2 problems. Nothing was changed on Render." in run.err
    assert api.writes() == []
    check_nothing_leaked(api, values, run)


def test_a_value_over_what_a_variable_may_have_is_named_with_its_reference(api: Project, bao: OpenBao) -> None:
    value = secrets.token_hex(32 * 1024)
    bao.put("app/staging", {"token": f"{value}x", "pem": value})

    run = api.reconcile("plan", "-e", "staging")

    assert run.code == 1
    assert "staging/api/TOKEN: vault://secret/app/staging#/token: the value is 65,537 bytes" in run.err
    assert "PEM" not in run.err
    assert value[:100] not in run.err


def test_pythons_own_debugging_shows_no_value(api: Project, values: dict[str, str]) -> None:
    run = api.reconcile("secrets", "check", "-v", env={"PYTHONASYNCIODEBUG": "1", "PYTHONDEVMODE": "1"})
    assert run.code == 0
    check_nothing_leaked(api, values, run)


def test_check_counts_what_each_store_said_without_asking_render(
    api: Project, bao: OpenBao, values: dict[str, str]
) -> None:
    del api.environ["VAULT_TOKEN"]
    bao.policy("staging", 'path "secret/data/app/staging" { capabilities = ["read"] }')
    api.environ["VAULT_TOKEN"] = bao.token("staging")
    api.write("production.env", "OTHER=x\n")
    api.forget_requests()

    good = api.reconcile("secrets", "check", "-e", "staging", env={"RENDER_API_KEY": ""})
    bad = api.reconcile("secrets", "check")

    assert good.code == 0, good.err
    assert good.out.splitlines() == [
        "dotenv  1 found, 0 missing, 0 forbidden",
        "vault   2 found, 0 missing, 0 forbidden",
    ]
    assert bad.code == 1
    assert bad.out.splitlines() == [
        "dotenv  1 found, 1 missing, 0 forbidden",
        "vault   2 found, 0 missing, 2 forbidden",
    ]
    assert "may not read `secret/data/app/production`" in bad.err
    assert "services.yaml:11:" in bad.err
    assert api.requests() == []
    check_nothing_leaked(api, values, good, bad)


def test_exec_runs_a_command_with_a_services_variables(api: Project, values: dict[str, str]) -> None:
    before = sorted(path.name for path in api.folder.rglob("*"))
    given = {"RECONCILE_PLAN_KEY": secrets.token_hex(16), "GONE": "x", "OWN": "kept"}

    run = api.reconcile("exec", "-s", "api", "-e", "staging", "--", sys.executable, "-c", SHOW, env=given)

    assert run.code == 0, run.err
    seen = json.loads(run.out)
    assert (seen["TOKEN"], seen["PEM"], seen["LOG_LEVEL"]) == (values["token"], values["pem"], "info")
    assert seen["OWN"] == "kept"
    assert not [name for name in seen if name.startswith("RECONCILE_") or name in {"RENDER_API_KEY", "GONE"}]
    assert "MADE (generate), SET_BY_PEOPLE (external)" in run.err
    assert sorted(path.name for path in api.folder.rglob("*")) == before
    check_nothing_leaked(api, values, type(run)(run.code, "", run.err))


def test_what_is_there_already_is_not_said_to_be_missing(api: Project) -> None:
    given = {"SET_BY_PEOPLE": "mine", "MADE": "too"}
    run = api.reconcile("exec", "-s", "api", "-e", "staging", sys.executable, "-c", SHOW, env=given)
    assert json.loads(run.out)["SET_BY_PEOPLE"] == "mine"
    assert run.err == ""


def test_execs_exit_code_and_signals_are_the_commands(api: Project) -> None:
    assert api.reconcile("exec", "-s", "api", "-e", "staging", "--", "sh", "-c", "exit 42").code == 42
    missing = api.reconcile("exec", "-s", "api", "-e", "staging", "--", "no-such-program")
    assert missing.code == 1
    assert "cannot run no-such-program: no such file" in missing.err

    # A command that says when it is up, and what ended it.
    script = "trap 'echo got it; exit 7' TERM; echo up; while :; do sleep 0.05; done"
    command = api.command("exec", "-s", "api", "-e", "staging", "--", "sh", "-c", script)
    with subprocess.Popen(
        command, cwd=api.folder, env=api.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running_command:
        assert running_command.stdout is not None
        assert running_command.stdout.readline() == "up\n"
        running_command.send_signal(signal.SIGTERM)
        assert running_command.stdout.read() == "got it\n"
        assert running_command.wait(30) == 7


def test_an_unresolved_reference_runs_nothing(api: Project) -> None:
    api.write("staging.env", "OTHER=x\n")
    run = api.reconcile("exec", "-s", "api", "-e", "staging", "--", "touch", "made")
    assert run.code == 1
    assert "services.yaml:11:" in run.err
    assert not (api.folder / "made").exists()


@pytest.mark.parametrize("output", ["dotenv", "json", "yaml"])
def test_export_prints_what_other_programs_read_back(api: Project, values: dict[str, str], output: str) -> None:
    run = api.reconcile("export", "-s", "api", "-e", "staging", "--format", output, "--show-secrets", env={"LANG": "C"})

    assert run.code == 0, run.err
    (api.folder / "out.env").write_text(run.out, encoding="utf-8")
    match output:
        case "dotenv":
            read = dotenv_values(api.folder / "out.env", interpolate=False)
        case "json":
            read = json.loads(run.out)
        case _:
            read = yaml.safe_load(run.out)
    filed = (api.folder / "staging.env").read_text().strip().removeprefix("FILED=")
    assert read == {"TOKEN": values["token"], "PEM": values["pem"], "FILED": filed, "LOG_LEVEL": "info"}
    assert "MADE (generate)" in run.err


def test_export_shows_nothing_unless_told_to_on_the_command_line(api: Project, values: dict[str, str]) -> None:
    run = api.reconcile("export", "-s", "api", "-e", "staging", env={"RECONCILE_EXPORT_SHOW_SECRETS": "1"})
    assert run.code == 1
    assert run.out == ""
    assert "--show-secrets" in run.err
    check_nothing_leaked(api, values, run)


def test_files_outside_are_read_only_when_the_command_line_allows_it(api: Project) -> None:
    api.write("inner/services.yaml", CONTRACT.replace("dotenv://{", "dotenv://../{"))
    arguments = ("-f", "inner/services.yaml", "secrets", "check", "-e", "staging")

    refused = api.reconcile(*arguments, env={"RECONCILE_SECRETS_ALLOW_OUTSIDE": "1"})

    assert refused.code == 1
    assert "say --allow-outside" in refused.err
    assert api.reconcile(*arguments, "--allow-outside").code == 0
    for command in ("plan", "drift"):
        assert api.reconcile("-f", "inner/services.yaml", command, "-e", "staging").code == 1
        assert api.reconcile("-f", "inner/services.yaml", command, "-e", "staging", "--allow-outside").code == 0
    applied = api.reconcile("-f", "inner/services.yaml", "apply", "-e", "staging", "--auto-approve", "--allow-outside")
    assert applied.code == 0, applied.err


def test_a_plan_that_needed_it_needs_it_again(api: Project) -> None:
    inner = api.write("inner/services.yaml", CONTRACT.replace("dotenv://{", "dotenv://../{"))
    assert api.reconcile("-f", str(inner), "plan", "-e", "staging", "--allow-outside", "-o", "p.json").code == 0
    assert "say --allow-outside" in api.reconcile("-f", str(inner), "apply", "p.json").err
    assert api.reconcile("-f", str(inner), "apply", "p.json", "--allow-outside").code == 0


def test_secrets_of_env_groups_are_checked_and_given_too(api: Project, values: dict[str, str]) -> None:
    groups = """\
        env_groups:
          shared:
            render: shared-{environment}
            variables:
              GROUPED: {secret: "vault://secret/app/{environment}#/token"}
              LOG_LEVEL: debug
              LOST: {secret: "vault://secret/app/{environment}#/lost", environments: [production]}
    """
    linked = CONTRACT.replace("        variables:\n", "        env_groups: [shared]\n        variables:\n", 1)
    api.write("services.yaml", textwrap.dedent(linked) + textwrap.dedent(groups))

    checked = api.reconcile("secrets", "check")
    run = api.reconcile("exec", "-s", "api", "-e", "staging", "--", sys.executable, "-c", SHOW)

    assert "vault   4 found, 1 missing, 0 forbidden" in checked.out
    assert "production/groups/shared/LOST" in checked.err
    seen = json.loads(run.out)
    assert (seen["GROUPED"], seen["LOG_LEVEL"]) == (values["token"], "info")


def test_without_the_client_it_says_what_to_install(api: Project) -> None:
    # A folder before the installed packages, in which hvac cannot be imported as where it is not installed.
    api.write("without/hvac/__init__.py", "raise ModuleNotFoundError(name='hvac')\n")
    path = f"{api.folder / 'without'}:{api.environment()['PYTHONPATH']}"
    run = api.reconcile("secrets", "check", env={"PYTHONPATH": path})
    assert run.code == 1
    assert "pip install 'render-reconciler[vault]'" in run.err
