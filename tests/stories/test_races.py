"""Races: what others do while an apply waits, and what is told of it."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker:
        render: worker
        variables: {ALPHA: one, BETA: two}
"""
EDIT = {"service": "worker", "key": "ALPHA", "value": "by hand"}


@pytest.fixture
def worker(project: Project) -> str:
    project.write("services.yaml", CONTRACT)
    return project.service("worker", {"ALPHA": "old"})


@pytest.mark.parametrize(
    "trouble",
    [{"rate_limit": 1}, {"status": 503}, {"break": "before"}, {"break": "after"}],
    ids=["a rate limit", "an error", "a broken connection", "a lost answer"],
)
def test_an_edit_while_a_write_waits_to_be_sent_again_is_not_overwritten(
    project: Project, worker: str, trouble: dict[str, object]
) -> None:
    project.control("POST", "/faults", {"method": "PUT", "path": "*/ALPHA", "times": 1, **trouble})
    project.control("POST", "/faults", {"method": "GET", "path": "*/ALPHA", "after": 1, "times": 1, "edit": EDIT})

    run = project.reconcile("apply", "--auto-approve")

    assert project.variables(worker)["ALPHA"] == "by hand"
    assert run.code in {1, 4}
    assert "conflict" in run.out
    assert not [write for write in project.writes() if write.endswith("/deploys")]


def test_an_edit_while_the_deploy_waits_is_found_by_the_last_read(project: Project, worker: str) -> None:
    project.control("POST", "/faults", {"method": "POST", "path": "*/deploys", "times": 1, "rate_limit": 1})
    fault = {"method": "GET", "path": f"*/{worker}/env-vars", "after": 2, "times": 1, "edit": EDIT}
    project.control("POST", "/faults", fault)
    before = len(project.sandbox.workspace.rollout(worker).deploys)

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 4
    assert "it was written, and somebody has changed it since" in " ".join(run.out.split())
    assert len(project.sandbox.workspace.rollout(worker).deploys) == before


@pytest.mark.parametrize("found", ["by hand", "old"])
def test_a_write_that_somebody_undid_was_a_write_all_the_same(project: Project, worker: str, found: str) -> None:
    project.write("services.yaml", CONTRACT.replace(", BETA: two", ""))
    fault = {"method": "GET", "path": f"*/{worker}/env-vars", "after": 1, "times": 1, "edit": {**EDIT, "value": found}}
    project.control("POST", "/faults", fault)
    project.forget_requests()

    run = project.reconcile("apply", "--auto-approve")

    assert project.writes() == [f"PUT /v1/services/{worker}/env-vars/ALPHA"]
    assert project.variables(worker) == {"ALPHA": found}
    assert run.code == 4
    assert "nothing of what was written is there any more" in " ".join(run.out.split())
    known = project.reconcile("history", "1").out
    assert ("1 write done" in known) is (found == "by hand"), known


def test_a_deploy_of_somebody_elses_with_older_values_is_not_taken_for_health(project: Project, worker: str) -> None:
    health = '        health: {log_ready: "started with 1 variables", within: 1s}\n'
    project.write("services.yaml", CONTRACT + health)
    project.control("POST", "/timing", {"created": 0.2, "build": 1.0, "update": 0.2})
    project.api("POST", f"/services/{worker}/deploys", {"deployMode": "build_and_deploy"})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 4, run.out
    assert "not healthy" in run.out
    assert "is live" in run.out


def test_an_answer_that_names_an_old_deploy_is_not_believed(project: Project, worker: str) -> None:
    old = project.api("GET", f"/services/{worker}/deploys")[0]["deploy"]
    fault = {"method": "POST", "path": "*/deploys", "times": 1, "status": 201, "body": old, "carried_out": True}
    project.control("POST", "/faults", fault)

    run = project.reconcile("apply", "--auto-approve", "--format", "json")

    deploy = json.loads(run.out)["services"][0]["deploy"]
    assert deploy["deploy_id"] != old["id"]
    assert deploy["result"] == "live_by_another"


def test_logs_that_cannot_be_read_once_do_not_end_the_watch(project: Project, worker: str) -> None:
    health = '        health: {log_ready: "started with 2 variables", log_fatal: [panic], within: 20s}\n'
    project.write("services.yaml", CONTRACT + health)
    project.control("POST", "/faults", {"method": "GET", "path": "*/logs", "times": 1, "status": 400})

    run = project.reconcile("apply", "--auto-approve")

    assert worker
    assert run.code == 0, run.out
    assert "healthy: “started with 2 variables”" in run.out


@pytest.mark.usefixtures("worker")
def test_where_nothing_was_written_the_exit_code_says_so(project: Project) -> None:
    project.control("POST", "/faults", {"method": "PUT", "status": 403})

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 1
    assert "not deployed: nothing was written" in run.out


def started(project: Project, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        project.command(*arguments),
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def await_hit(project: Project, process: subprocess.Popen[str]) -> None:
    """Wait until a fault has struck."""
    while not any(fault["hits"] for fault in project.control("GET", "/faults")):
        assert process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_an_interrupt_nothing_that_waited_is_sent(project: Project, worker: str, number: signal.Signals) -> None:
    project.control("POST", "/faults", {"method": "PUT", "path": "*/ALPHA", "times": 1, "rate_limit": 300})
    process = started(project, "apply", "--auto-approve")
    await_hit(project, process)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert project.variables(worker) == {"ALPHA": "old"}
    assert "Apply interrupted." in out


def test_an_interrupt_that_also_ends_the_reader_of_standard_error_still_tells_what_was_done(
    project: Project, worker: str
) -> None:
    project.control("POST", "/faults", {"method": "PUT", "path": "*/ALPHA", "times": 1, "latency": 2})
    process = started(project, "apply", "--auto-approve")
    await_hit(project, process)
    assert process.stderr is not None
    assert process.stdout is not None
    process.stderr.close()
    process.send_signal(signal.SIGINT)
    out = process.stdout.read()
    process.stdout.close()

    assert process.wait(timeout=60) == 130
    assert project.variables(worker) == {"ALPHA": "one"}
    assert "ALPHA   done" in out


class OddHealth(BaseHTTPRequestHandler):
    """A service whose health path answers oddly, by its name."""

    def do_GET(self) -> None:
        match self.path:
            case "/redirect":
                self.send_response(302)
                self.send_header("Location", "https://xn--/x")
                self.end_headers()
            case "/port":
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:99999/")
                self.end_headers()
            case "/stream":
                self.send_response(200)
                self.end_headers()
                self.server.stopped.wait(30)  # type: ignore[attr-defined]  # set below
            case "/ok":
                self.send_response(204)
                self.end_headers()
            case _:
                self.send_response(500)
                self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def odd_service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OddHealth)
    server.daemon_threads = True
    server.stopped = threading.Event()  # type: ignore[attr-defined]  # what a stream waits for
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.stopped.set()  # type: ignore[attr-defined]  # as above
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/ok", 0, "healthy: /ok answered"),
        ("/stream", 0, "healthy: /stream answered"),
        ("/redirect", 4, "not healthy"),
        ("/port", 4, "not healthy"),
        ("/broken", 4, "status 500"),
    ],
)
def test_a_health_path_that_answers_oddly_is_judged_and_never_ends_the_apply(
    project: Project, path: str, code: int, words: str
) -> None:
    contract = CONTRACT.replace(
        "        variables:", f"        health: {{path: {path}, within: 1s}}\n        variables:"
    )
    project.write("services.yaml", contract)
    worker = project.service("worker", {}, kind="web_service")
    with odd_service() as url:
        listed = project.api("GET", f"/services?ownerId={project.sandbox.owner_id}")
        listed[0]["service"]["serviceDetails"]["url"] = url
        project.control("POST", "/faults", {"method": "GET", "path": "*/services", "lie": listed})
        run = project.reconcile("apply", "--auto-approve")

    assert run.code == code, run.out + run.err
    assert words in " ".join(run.out.split())
    assert project.variables(worker) == {"ALPHA": "one", "BETA": "two"}
