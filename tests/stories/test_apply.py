"""Apply: what is written, what is left alone, and what is said when it does not go as planned."""

from __future__ import annotations

import json
import re
import signal
import subprocess
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
          ALPHA: one
          BETA: two
          GAMMA: three
"""
TWO_SERVICES = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      api: {render: api, variables: {ALPHA: one, BETA: two}}
      worker: {render: worker, variables: {ALPHA: one, BETA: two}}
"""


@pytest.fixture
def worker(project: Project) -> str:
    project.write("services.yaml", CONTRACT)
    return project.service("worker", {"ALPHA": "old", "MINE": "kept to the byte \n"})


def test_writes_one_key_at_a_time_reads_each_first_and_deploys_once(project: Project, worker: str) -> None:
    project.reconcile("plan", "-o", "p.json")
    project.forget_requests()

    run = project.reconcile("apply", "p.json")

    assert run.code == 0, run.err
    assert project.variables(worker) == {
        "ALPHA": "one", "BETA": "two", "GAMMA": "three", "MINE": "kept to the byte \n",
    }  # fmt: skip
    root = f"/v1/services/{worker}"
    sent = [f"{seen['method']} {seen['path']}" for seen in project.requests()]
    assert sent[:2] == ["GET /v1/services", f"GET {root}/env-vars"]
    assert sent[2:10] == [
        f"GET {root}/env-vars/ALPHA",
        f"PUT {root}/env-vars/ALPHA",
        f"GET {root}/env-vars/BETA",
        f"PUT {root}/env-vars/BETA",
        f"GET {root}/env-vars/GAMMA",
        f"PUT {root}/env-vars/GAMMA",
        f"GET {root}/deploys",
        f"GET {root}/env-vars",
    ]
    assert sent[10] == f"POST {root}/deploys"
    assert [request for request in sent if request.startswith("POST")] == [f"POST {root}/deploys"]
    assert re.search(r"= deploy dep-\w+ is live, after \d+ s", run.out)
    assert "Apply complete! Variables: 2 added, 1 changed, 0 destroyed." in run.out
    assert project.reconcile("plan").out.startswith("No changes.")


def test_values_survive_byte_for_byte_and_the_next_plan_is_empty(project: Project) -> None:
    values = {
        "PEM": "-----BEGIN THING-----\nabc=\n-----END THING-----\n",
        "QUOTES": 'it\'s "quoted" \\ `back` $HOME ${X} #no',
        "EMOJI": "naïve 🐘 \u200d",
        "EQUALS": "a=b==c",
        "SPACES": "  both sides  ",
        "CRLF": "one\r\ntwo\r\n",
        "LONG": "x" * 65536,
    }
    lines = "".join(f"          {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    project.write("services.yaml", CONTRACT + lines)
    worker = project.service("worker", {})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 0, run.err
    assert values.items() <= project.variables(worker).items()
    assert project.reconcile("plan").out.startswith("No changes.")


def test_an_edit_between_plan_and_apply_makes_the_plan_stale(project: Project, worker: str) -> None:
    project.reconcile("plan", "-o", "p.json")
    project.api("PUT", f"/services/{worker}/env-vars/ALPHA", {"value": "somebody else's"})
    project.forget_requests()

    run = project.reconcile("apply", "p.json")

    assert run.code == 3
    assert "the plan is stale" in run.err
    assert "staging/worker/ALPHA: the live value changed" in run.err
    assert project.writes() == []


def test_a_new_undeclared_key_does_not_make_the_plan_stale(project: Project, worker: str) -> None:
    project.reconcile("plan", "-o", "p.json")
    project.api("PUT", f"/services/{worker}/env-vars/NEWCOMER", {"value": "x"})
    project.write("services.yaml", "    # a comment\n" + CONTRACT)

    assert project.reconcile("apply", "p.json").code == 0
    assert project.variables(worker)["NEWCOMER"] == "x"


def test_another_meaning_of_services_yaml_makes_the_plan_stale(project: Project, worker: str) -> None:
    project.reconcile("plan", "-o", "p.json")
    project.write("services.yaml", CONTRACT.replace("three", "four"))
    project.forget_requests()

    run = project.reconcile("apply", "p.json")

    assert run.code == 3
    assert "services.yaml means something else" in run.err
    assert "staging/worker/GAMMA: the desired value changed" in run.err
    assert project.writes() == []
    assert "GAMMA" not in project.variables(worker)


def test_an_edit_in_the_middle_of_an_apply_stops_that_service_and_nothing_is_overwritten(
    project: Project, worker: str
) -> None:
    edit = {"service": "worker", "key": "BETA", "value": "by hand"}
    project.control("POST", "/faults", {"method": "PUT", "path": "*/env-vars/ALPHA", "times": 1, "edit": edit})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 4
    assert project.variables(worker)["BETA"] == "by hand"
    assert "GAMMA" not in project.variables(worker)
    assert re.search(r"\+ BETA +conflict", run.out)
    said = " ".join(run.out.split())
    assert re.search(r"the plan saw nothing, Render now has \(secret [0-9a-f]{8}\)", said)
    assert re.search(r"\+ GAMMA +not attempted", run.out)
    assert "what was written waits for the next deploy" in run.out
    assert not [request for request in project.writes() if request.endswith("/deploys")]


def test_one_services_failure_does_not_stop_another(project: Project) -> None:
    project.write("services.yaml", TWO_SERVICES)
    api, worker = project.service("api", {}), project.service("worker", {})
    project.control("POST", "/faults", {"method": "PUT", "path": f"*/{api}/env-vars/ALPHA", "status": 403})

    run = project.reconcile("apply", "--auto-approve", "--format", "json")

    assert run.code == 4
    document = json.loads(run.out)
    results = {service["address"]: service for service in document["services"]}
    assert [step["status"] for step in results["staging/api"]["steps"]] == ["failed", "not_attempted"]
    assert results["staging/worker"]["succeeded"] is True
    assert results["staging/worker"]["deploy"]["result"] == "live"
    assert project.variables(worker) == {"ALPHA": "one", "BETA": "two"}
    assert project.variables(api) == {}


def test_a_service_waits_for_those_it_comes_after_and_is_left_when_they_fail(project: Project) -> None:
    project.write("services.yaml", TWO_SERVICES.replace("render: worker,", "render: worker, deploy: {after: [api]},"))
    project.service("api", {})
    worker = project.service("worker", {})
    project.control("PUT", "/deploy-outcomes", {"service": "api", "outcome": "update_failed"})

    failed = project.reconcile("apply", "--auto-approve")
    project.forget_requests()

    assert failed.code == 4
    assert "ended as update_failed" in failed.out
    assert project.variables(worker) == {}
    assert "Not as planned: staging/api, staging/worker." in failed.out


@pytest.mark.parametrize("fault", ["after", "truncate"])
def test_a_write_whose_answer_is_lost_is_settled_by_reading_again(project: Project, worker: str, fault: str) -> None:
    project.control("POST", "/faults", {"method": "PUT", "path": "*/env-vars/BETA", "times": 1, "break": fault})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 0, run.out
    assert project.variables(worker)["BETA"] == "two"


def test_a_lost_answer_to_a_deploy_request_never_deploys_twice(project: Project, worker: str) -> None:
    project.control("POST", "/faults", {"method": "POST", "path": "*/deploys", "times": 1, "break": "after"})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 0, run.out
    assert [request for request in project.writes() if request.endswith("/deploys")] == [
        f"POST /v1/services/{worker}/deploys"
    ]
    assert "is live" in run.out


def test_a_lying_server_is_found_out_by_the_last_read(project: Project, worker: str) -> None:
    lie = {"key": "BETA", "value": "two"}
    fault = {"method": "PUT", "path": "*/env-vars/BETA", "times": 1, "status": 200, "body": lie}
    project.control("POST", "/faults", fault)

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 4
    assert "BETA" not in project.variables(worker)
    assert "not verified: read once more after the writes, these are not as planned:" in run.out
    assert "staging/worker/BETA" in run.out
    assert not [request for request in project.writes() if request.endswith("/deploys")]


@pytest.mark.parametrize(
    ("outcome", "code", "words"),
    [
        ("live", 0, "is live, after"),
        ("answered_202", 0, "is live, after"),
        ("superseded", 0, "was superseded by"),
        ("deactivated", 0, "is live"),
        ("build_failed", 4, "ended as build_failed"),
        ("update_failed", 4, "ended as update_failed"),
        ("canceled", 4, "ended as canceled: no newer deploy took over"),
        ("never_ends", 4, "is not known to be live: still"),
    ],
)
@pytest.mark.usefixtures("worker")
def test_every_end_of_a_deploy_is_told_apart(project: Project, outcome: str, code: int, words: str) -> None:
    project.write("services.yaml", CONTRACT + "        deploy: {timeout: 3s}\n")
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": outcome})

    run = project.reconcile("apply", "--auto-approve")

    assert words in " ".join(run.out.split()), run.out
    assert run.code == code


@pytest.mark.usefixtures("worker")
def test_no_deploy_writes_and_says_what_is_pending(project: Project) -> None:
    run = project.reconcile("apply", "--auto-approve", "--no-deploy")

    assert run.code == 0
    assert "not deployed: the values wait for the next deploy" in run.out
    assert not [request for request in project.writes() if request.endswith("/deploys")]


def test_a_build_time_variable_builds_and_others_reuse_the_last_build(project: Project) -> None:
    project.write("services.yaml", CONTRACT + "          NEXT_PUBLIC_SITE: https://example.com\n")
    project.service("worker", {"ALPHA": "one", "BETA": "two", "GAMMA": "three"})

    document = json.loads(project.reconcile("plan", "--format", "json").out)

    assert [deploy["mode"] for deploy in document["deploys"]] == ["build_and_deploy"]


def test_a_read_only_service_refuses_the_whole_apply_and_names_the_way_around(project: Project) -> None:
    project.write("services.yaml", TWO_SERVICES.replace("render: api,", "render: api, read_only: true,"))
    api, worker = project.service("api", {}), project.service("worker", {})

    whole = project.reconcile("apply", "--auto-approve")
    part = project.reconcile("apply", "--auto-approve", "-s", "worker")

    assert whole.code == 3
    assert "staging/api: declared read-only" in whole.err
    assert "-s worker" in whole.err
    assert part.code == 0
    assert project.variables(api) == {}
    assert project.variables(worker) == {"ALPHA": "one", "BETA": "two"}


@pytest.mark.usefixtures("worker")
def test_without_a_terminal_it_needs_a_plan_or_auto_approve(project: Project) -> None:
    run = project.reconcile("apply")

    assert run.code == 3
    assert "nobody is there to approve the plan" in run.err
    assert project.writes() == ["POST /v1/services"]


@pytest.mark.usefixtures("worker")
def test_a_plan_brings_its_own_scope_and_permissions(project: Project) -> None:
    project.reconcile("plan", "-o", "p.json", "--no-deploy")

    for flag in (["--auto-approve"], ["-e", "staging"], ["-s", "worker"], ["--allow-deletes", "9"], ["--no-deploy"]):
        run = project.reconcile("apply", "p.json", *flag)
        assert run.code == 1, flag
        assert "a PLAN holds its own scope and permissions" in run.err
    assert project.reconcile("apply", "p.json").code == 0


def test_an_interrupt_finishes_the_write_in_flight_and_says_what_was_done(project: Project, worker: str) -> None:
    fault = {"method": "PUT", "path": "*/env-vars/ALPHA", "times": 1, "latency": 3}
    project.control("POST", "/faults", fault)
    process = subprocess.Popen(
        project.command("apply", "--auto-approve"),
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(fault["hits"] for fault in project.control("GET", "/faults")):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert project.variables(worker)["ALPHA"] == "one"
    assert "BETA" not in project.variables(worker)
    assert re.search(r"~ ALPHA +done", out)
    assert re.search(r"\+ BETA +not attempted", out)
    assert "Apply interrupted." in out


@pytest.mark.usefixtures("worker")
def test_nothing_to_do_is_success(project: Project) -> None:
    assert project.reconcile("apply", "--auto-approve").code == 0
    project.forget_requests()

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 0
    assert "No changes." in run.out
    assert project.writes() == []


@pytest.mark.usefixtures("worker")
def test_a_plan_that_was_applied_is_stale_even_where_another_journal_knows_nothing_of_it(project: Project) -> None:
    project.reconcile("plan", "-o", "p.json")
    assert project.reconcile("apply", "p.json").code == 0
    project.forget_requests()

    again = project.reconcile("apply", "p.json", env={"RECONCILE_STORE_URL": "sqlite:///another.db"})

    assert again.code == 3
    assert "staging/worker/ALPHA: was to update in the plan, now nothing to do" in again.err
    assert project.writes() == []


@pytest.mark.usefixtures("worker")
def test_nothing_to_do_is_json_too_where_json_is_asked_for(project: Project) -> None:
    project.reconcile("apply", "--auto-approve")

    run = project.reconcile("apply", "--auto-approve", "--format", "json")

    assert run.code == 0
    assert json.loads(run.out)["succeeded"] is True
    assert json.loads(run.out)["services"] == []


@pytest.mark.usefixtures("worker")
def test_values_that_are_written_but_not_running_are_said_so(project: Project) -> None:
    project.control("PUT", "/deploy-outcomes", {"service": "worker", "outcome": "update_failed"})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 4
    assert "Written, but not known to be running: staging/worker." in run.out
    assert "a new plan" not in run.out
