"""History: what was applied, by whom and how it ended, told from the journal alone."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.store import open_store
from tests.stories.test_approvals import as_author

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: worker, variables: {ALPHA: new, BETA: new, GONE: {absent: true}}}
"""
LOCK = "tea-d1example0example0ex/staging"
LONG_NAME = "somebody.with-a-rather-long-name@subdomain.example.com"


@pytest.fixture
def worker(project: Project) -> str:
    project.write("services.yaml", CONTRACT)
    project.environ = as_author("ada@example.com")
    return project.service("worker", {"ALPHA": "old", "GONE": "x"})


def kill_while_writing(project: Project, worker: str, key: str) -> None:
    """Kill an apply whose write of that key is on its way."""
    path = f"/services/{worker}/env-vars/{key}"
    project.control("POST", "/faults", {"method": "PUT", "path": path, "times": 1, "latency": 60})
    process = subprocess.Popen(
        project.command("apply", "--auto-approve"),
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not any(fault["hits"] for fault in project.control("GET", "/faults")):
        assert process.poll() is None
    process.kill()
    process.wait()
    project.control("DELETE", "/faults")


def test_it_asks_nothing_of_render_needs_no_key_and_makes_nothing(project: Project, worker: str) -> None:
    keyless = {"RENDER_API_KEY": "", "RENDER_API_URL": "http://127.0.0.1:9"}
    before = project.reconcile("history", env=keyless)
    made = (project.folder / ".reconcile").exists()
    project.reconcile("apply", "--auto-approve")
    project.forget_requests()

    after = project.reconcile("history", env=keyless)
    one = project.reconcile("history", "1", env=keyless)

    assert before.out == "No runs yet: the journal begins with the first apply.\n"
    assert not made
    assert (after.code, one.code) == (0, 0)
    assert project.requests() == []
    assert worker in one.out


def test_runs_are_listed_newest_first_within_eighty_columns(project: Project, worker: str) -> None:
    project.control("POST", "/faults", {"method": "PUT", "path": f"/services/{worker}/*/BETA", "status": 400})
    assert project.reconcile("apply", "--auto-approve").code == 4
    project.control("DELETE", "/faults")
    assert project.reconcile("apply", "--auto-approve", env=as_author(LONG_NAME)).code == 0

    told = project.reconcile("history")
    last = project.reconcile("history", "--limit", "1")

    lines = told.out.splitlines()
    assert lines[0].split() == ["RUN", "WHEN", "(UTC)", "RESULT", "WRITES", "ENVIRONMENTS,", "BY", "WHOM"]
    assert re.match(r"  2  \d{4}-\d\d-\d\d \d\d:\d\d  succeeded   2 of 2$", lines[1])
    assert lines[2] == f"      staging, by {LONG_NAME}"
    assert re.match(r"  1  \d{4}-\d\d-\d\d \d\d:\d\d  incomplete  1 of 3  staging, by ada@example.com$", lines[3])
    assert len(lines) == 4
    assert max(map(len, lines)) <= 80
    assert "incomplete" not in last.out


def test_one_run_is_told_write_by_write_with_fingerprints(project: Project, worker: str) -> None:
    project.control("POST", "/faults", {"method": "PUT", "path": f"/services/{worker}/*/BETA", "status": 400})
    project.reconcile("apply", "--auto-approve")
    project.control("DELETE", "/faults")
    project.reconcile("apply", "--auto-approve")

    failed, finished = project.reconcile("history", "1"), project.reconcile("history", "2")

    assert "Run 1: apply, incomplete" in failed.out
    assert "applied by ada@example.com" in failed.out
    assert re.search(r"  ~ ALPHA   = \(secret [0-9a-f]{8} -> [0-9a-f]{8}\)   done", failed.out)
    assert re.search(r"  \+ BETA    = \(secret [0-9a-f]{8}\) +not done", failed.out)
    assert re.search(r"  - GONE +never attempted", failed.out)
    assert "1 write done, 1 write not done, 1 write never attempted." in failed.out
    assert "is not kept, so this run cannot be rolled back" in failed.out
    assert re.search(r"  - GONE +.*before +done", finished.out)
    assert re.search(r"  > deploy: dep-\w+ live", finished.out)
    assert "old" not in failed.out + finished.out


def test_whether_it_can_be_rolled_back_is_said(project: Project, worker: str) -> None:
    project.environ["RECONCILE_PLAN_KEY"] = "a key that is long enough for anybody"

    project.reconcile("apply", "--auto-approve")

    said = " ".join(project.reconcile("history", "1").out.split())
    assert "kept, encrypted: `reconcile rollback 1` plans to bring it back." in said
    assert worker in said


def test_a_killed_run_is_told_from_one_that_still_goes_on_by_its_lock(project: Project, worker: str) -> None:
    kill_while_writing(project, worker, "BETA")

    locked = project.reconcile("history")
    locked_json = json.loads(project.reconcile("history", "1", "--format", "json").out)
    with open_store(folder=project.folder) as store:
        store.locks.break_lock(LOCK)
    killed = project.reconcile("history")
    with open_store(folder=project.folder) as store:
        store.locks.acquire([LOCK], "somebody later", lease_seconds=60)
    later = json.loads(project.reconcile("history", "--format", "json").out)

    assert "unfinished" in locked.out
    assert "still going on, or killed within the last minute: its lock is held by" in " ".join(locked.out.split())
    assert locked_json["unfinished"] == "going_on"
    assert "killed: it has no end, and nobody holds its lock any more" in killed.out
    assert [run["unfinished"] for run in later["runs"]] == ["killed"]


def test_json_has_times_in_utc_and_every_write_with_what_became_of_it(project: Project, worker: str) -> None:
    kill_while_writing(project, worker, "BETA")

    document = json.loads(project.reconcile("history", "1", "--format", "json").out)

    assert {step["address"]: step["standing"] for step in document["steps"]} == {
        "staging/worker/ALPHA": "done",
        "staging/worker/BETA": "perhaps_done",
        "staging/worker/GONE": "never_attempted",
    }
    assert document["writes"] == {"done": 1, "perhaps_done": 1, "not_done": 0, "never_attempted": 1}
    assert (document["result"], document["finished_at"], document["undoes"]) == (None, None, None)
    assert document["started_at"].endswith("Z")
    assert datetime.fromisoformat(document["started_at"]).utcoffset() == timedelta(0)
    assert [deploy["state"] for deploy in document["deploys"]] == ["owed"]
    assert {step["target_id"] for step in document["steps"]} == {worker}


@pytest.mark.usefixtures("worker")
def test_text_of_other_people_in_the_journal_cannot_act_on_a_terminal(project: Project) -> None:
    assert project.reconcile("apply", "--auto-approve").code == 0
    with open_store(folder=project.folder) as store, store._database.engine.begin() as connection:  # noqa: SLF001 — as somebody with the file would
        connection.exec_driver_sql("UPDATE reconcile_runs SET applied_by = 'x' || char(27) || '[2J' || char(10) || 'y'")

    told = [project.reconcile("history", *more) for more in ([], ["1"], ["1", "--format", "json"])]

    assert all("\x1b" not in run.out for run in told)
    assert r"x\x1b[2J\ny" in told[0].out
