"""Rollback: what was there before a run comes back byte for byte, and nothing of what somebody did since is lost."""

from __future__ import annotations

import json
import secrets
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.store import open_store
from tests.store.postgres_server import programs, running_server
from tests.stories.test_approvals import APPROVER, AUTHOR, as_author, make_key

if TYPE_CHECKING:
    from tests.stories.conftest import Project, Run

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker:
        render: worker
        variables:
          ALPHA: new
          BETA: new
          GONE: {absent: true}
"""
BEFORE = {"ALPHA": "old", "GONE": "was here", "MINE": "untouched"}
AFTER = {"ALPHA": "new", "BETA": "new", "MINE": "untouched"}
LOCK = "tea-d1example0example0ex/staging"


@pytest.fixture
def worker(project: Project) -> str:
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32)}
    project.write("services.yaml", CONTRACT)
    return project.service("worker", BEFORE)


@pytest.fixture
def applied(project: Project, worker: str) -> str:
    """The worker after run 1."""
    run = project.reconcile("apply", "--auto-approve")
    assert run.code == 0, run.err
    assert project.variables(worker) == AFTER
    return worker


def roll_back(project: Project, run: int, *more: str) -> Run:
    """Plan the rollback of a run and apply the plan."""
    planned = project.reconcile("rollback", str(run), "-o", "r.json", *more)
    assert planned.code == 0, planned.out + planned.err
    return project.reconcile("apply", "r.json")


def rows(project: Project, sql: str, *words: object) -> list[Any]:
    with open_store(folder=project.folder) as store, store._database.engine.begin() as connection:  # noqa: SLF001 — as somebody with the file would
        result = connection.exec_driver_sql(sql, words)
        return [*result] if result.returns_rows else []


def test_a_rollback_is_shown_applied_deployed_and_seen_by_the_next_plan(project: Project, applied: str) -> None:
    project.forget_requests()

    planned = project.reconcile("rollback", "1", "-o", "r.json")
    assert project.writes() == []
    rolled_back = project.reconcile("apply", "r.json")
    plan = project.reconcile("plan")

    assert "Rollback of run 1" in planned.out
    assert "as before run 1" in planned.out
    assert "not there before run 1" in planned.out
    assert rolled_back.code == 0, rolled_back.err
    assert project.variables(applied) == BEFORE
    assert [request for request in project.writes() if request.endswith("/deploys")] == [
        f"POST /v1/services/{applied}/deploys"
    ]
    assert "Plan: 1 to add, 1 to change, 1 to destroy." in plan.out


def test_values_come_back_byte_for_byte(project: Project, worker: str) -> None:
    before = {
        "PEM": "-----BEGIN THING-----\nabc=\n-----END THING-----\n",
        "QUOTES": 'it\'s "quoted" \\ `back` $HOME ${X} #no',
        "EMOJI": "naïve 🐘 \u200d",
        "CRLF": "one\r\ntwo\r\n",
        "LONG": secrets.token_hex(32768),
        "SPACES": "  both sides  ",
    }
    for key, value in before.items():
        project.control("POST", "/edits", {"service": worker, "key": key, "value": value})
    lines = "".join(f"          {key}: changed\n" for key in before)
    project.write("services.yaml", CONTRACT + lines + "        secret_files:\n          f.txt: {value: changed}\n")
    project.api("PUT", f"/services/{worker}/secret-files/f.txt", {"content": "line\n\tone 🐘\n"})
    assert project.reconcile("apply", "--auto-approve").code == 0

    assert roll_back(project, 1).code == 0

    assert project.variables(worker) == BEFORE | before
    content = project.api("GET", f"/services/{worker}/secret-files/f.txt")["content"]
    assert content == "line\n\tone 🐘\n"


def test_a_rollback_can_be_rolled_back(project: Project, applied: str) -> None:
    assert roll_back(project, 1).code == 0

    assert roll_back(project, 2).code == 0

    assert project.variables(applied) == AFTER
    assert "rollback of run 2" in project.reconcile("history").out


def test_nothing_to_put_back_is_nothing_to_do(project: Project, applied: str) -> None:
    assert roll_back(project, 1).code == 0

    again = project.reconcile("rollback", "1")

    assert again.code == 0
    assert "No changes. Of what run 1 wrote, nothing is to be put back." in again.out
    assert project.variables(applied) == BEFORE


def test_a_run_that_was_killed_half_way_is_undone_as_far_as_it_came(project: Project, worker: str) -> None:
    path = f"/services/{worker}/env-vars/BETA"
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
    with open_store(folder=project.folder) as store:
        store.locks.break_lock(LOCK)

    told = project.reconcile("history", "1")
    rolled_back = roll_back(project, 1)

    assert "Run 1: apply, unfinished" in told.out
    assert "may have been done" in told.out
    assert "never attempted" in told.out
    assert rolled_back.code == 0, rolled_back.err
    assert project.variables(worker) == BEFORE


def test_a_protected_environment_is_rolled_back_with_an_approval_and_not_without(project: Project) -> None:
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32), **as_author(AUTHOR)}
    protected = CONTRACT.replace("staging: {", "production: {protected: true, ")
    project.write("services.yaml", protected.replace("services:", "approvers: {ssh: signers}\n    services:"))
    project.write("signers", f"{APPROVER} {make_key(project.folder, 'approver')}")
    worker = project.service("worker", BEFORE)
    project.reconcile("plan", "-o", "p.json")
    project.reconcile("approve", "p.json", "--key", "approver")
    assert project.reconcile("apply", "p.json").code == 0
    assert project.variables(worker) == AFTER

    planned = project.reconcile("rollback", "1", "-o", "r.json")
    refused = project.reconcile("apply", "r.json")
    held = project.variables(worker)
    approved = project.reconcile("approve", "r.json", "--key", "approver")
    done = project.reconcile("apply", "r.json")

    assert "production is protected." in planned.err
    assert refused.code == 3
    assert "needs 1 valid approval and has none" in refused.err
    assert held == AFTER
    assert "Rollback of run 1" in approved.out
    assert done.code == 0, done.err
    assert project.variables(worker) == BEFORE
    assert f"Approved by {APPROVER}" in done.out


def test_a_rollback_plan_is_applied_once(project: Project, applied: str) -> None:
    assert roll_back(project, 1).code == 0
    project.reconcile("apply", "--auto-approve")
    project.forget_requests()

    again = project.reconcile("apply", "r.json")

    assert again.code == 3
    assert "was applied already" in again.err
    assert project.writes() == []
    assert project.variables(applied) == AFTER


def test_an_edit_after_the_run_is_a_check_error_and_nothing_is_written(project: Project, applied: str) -> None:
    project.reconcile("rollback", "1", "-o", "early.json")
    project.control("POST", "/edits", {"service": applied, "key": "ALPHA", "value": "somebody's"})
    project.forget_requests()

    planned = project.reconcile("rollback", "1", "-o", "r.json")
    late, early = project.reconcile("apply", "r.json"), project.reconcile("apply", "early.json")

    assert planned.code == 1
    assert "changed since run 1, by somebody else than reconcile" in " ".join(planned.out.split())
    assert late.code == 3
    assert "RC020" in planned.out
    assert early.code == 3
    assert "the plan is stale" in early.err
    assert project.writes() == []


def test_a_later_run_that_changed_it_is_named(project: Project, applied: str) -> None:
    project.write("services.yaml", CONTRACT.replace("ALPHA: new", "ALPHA: newer"))
    assert project.reconcile("apply", "--auto-approve").code == 0

    planned = project.reconcile("rollback", "1")

    assert planned.code == 1
    assert "changed since run 1, by run 2" in " ".join(planned.out.split())
    assert project.variables(applied)["ALPHA"] == "newer"


def test_what_must_not_be_lost_stays_and_is_named(project: Project, worker: str) -> None:
    project.environ["T"] = secrets.token_hex(12)
    more = """\
          FRESH: {generate: {bytes: 16}}
          KEY: {secret: "env://T", rotation: destructive}
"""
    project.write("services.yaml", CONTRACT + more)
    assert project.reconcile("apply", "--auto-approve").code == 0
    fresh = project.variables(worker)["FRESH"]
    # By today's file neither is anything of the kind; the journal remembers.
    project.write("services.yaml", CONTRACT)

    planned = project.reconcile("rollback", "1")
    assert roll_back(project, 1).code == 0

    said = " ".join(planned.out.split())
    assert "staging/worker/FRESH: left as it is" in said
    assert "staging/worker/KEY: left as it is" in said
    assert "Checks: 0 errors, 2 warnings" in planned.out
    assert project.variables(worker) == BEFORE | {"FRESH": fresh, "KEY": project.environ["T"]}


def test_a_value_whose_rotation_is_destructive_is_changed_back_only_by_name(project: Project, worker: str) -> None:
    destructive = CONTRACT.replace("ALPHA: new", "ALPHA: {value: new, rotation: destructive}")
    project.write("services.yaml", destructive)
    assert project.reconcile("apply", "--auto-approve", "--allow-rotation", "staging/worker/ALPHA").code == 0

    refused = project.reconcile("rollback", "1", "-o", "r.json")
    written = project.reconcile("apply", "r.json")
    allowed = roll_back(project, 1, "--allow-rotation", "staging/worker/ALPHA")

    assert refused.code == 1
    assert "RC011" in refused.out
    assert written.code == 3
    assert allowed.code == 0
    assert project.variables(worker) == BEFORE


def test_todays_read_only_and_ignore_are_obeyed(project: Project, applied: str) -> None:
    project.write("services.yaml", CONTRACT.replace("render: worker", "render: worker\n        read_only: true"))
    project.reconcile("rollback", "1", "-o", "r.json")
    read_only = project.reconcile("apply", "r.json")
    ignoring = CONTRACT.replace("          ALPHA: new\n", "") + "        ignore: [ALPHA]\n"
    project.write("services.yaml", ignoring)

    assert roll_back(project, 1).code == 0

    assert read_only.code == 3
    assert "declared read-only" in read_only.err
    assert project.variables(applied) == BEFORE | {"ALPHA": "new"}


def test_what_rules_say_of_the_old_values_is_a_warning_since_they_were_live_before(project: Project) -> None:
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32)}
    project.write("services.yaml", CONTRACT.replace("ALPHA: new", "ALPHA: {type: integer, value: 12}"))
    worker = project.service("worker", BEFORE)
    assert project.reconcile("apply", "--auto-approve").code == 0

    planned = project.reconcile("rollback", "1")

    assert "RC001" in planned.out
    assert "Checks: 0 errors, 1 warning" in planned.out
    assert roll_back(project, 1).code == 0
    assert project.variables(worker) == BEFORE


def test_pruning_and_other_keys_are_no_part_of_a_rollback(project: Project, applied: str) -> None:
    pruning = CONTRACT + "          OTHER: unwritten\n          MINE: untouched\n        prune: true\n"
    project.write("services.yaml", pruning)
    project.control("POST", "/edits", {"service": applied, "key": "NEWCOMER", "value": "x"})

    assert roll_back(project, 1).code == 0

    assert project.variables(applied) == BEFORE | {"NEWCOMER": "x"}


def test_secret_stores_are_not_needed(project: Project, worker: str) -> None:
    project.write("services.yaml", CONTRACT.replace("ALPHA: new", 'ALPHA: {secret: "dotenv://s.env#/A"}'))
    project.write("s.env", f"A={secrets.token_hex(12)}\n")
    assert project.reconcile("apply", "--auto-approve").code == 0
    (project.folder / "s.env").unlink()

    assert roll_back(project, 1).code == 0

    assert project.variables(worker) == BEFORE


def test_an_unknown_run_one_that_wrote_nothing_and_one_without_values_say_so(project: Project, worker: str) -> None:
    without_journal = project.reconcile("rollback", "1")
    project.control("POST", "/faults", {"method": "PUT", "status": 400})
    failed_env = {"RECONCILE_PLAN_KEY": ""}
    assert project.reconcile("apply", "--auto-approve", env=failed_env).code == 1
    project.control("DELETE", "/faults")
    assert project.reconcile("apply", "--auto-approve", env=failed_env).code == 0

    unknown, empty, unkept = (project.reconcile("rollback", number) for number in ("9", "1", "2"))
    keyless = project.reconcile("rollback", "2", env=failed_env)

    assert without_journal.code == 1
    assert "no run 1" in without_journal.err
    assert not (project.folder / "r.json").exists()
    assert (unknown.code, empty.code, unkept.code, keyless.code) == (1, 3, 3, 3)
    assert "no run 9" in unknown.err
    assert "run 1 wrote nothing" in empty.err
    assert "run 2 was applied without RECONCILE_PLAN_KEY" in unkept.err
    assert "kept no previous value for staging/worker/ALPHA, staging/worker/GONE" in keyless.err
    assert project.variables(worker) == AFTER


def test_another_plan_key_is_told_apart_from_a_changed_value(project: Project, applied: str) -> None:
    project.reconcile("rollback", "1", "-o", "r.json")
    other = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32)}
    project.forget_requests()

    planned = project.reconcile("rollback", "1", env=other)
    refused = project.reconcile("apply", "r.json", env=other)

    assert planned.code == refused.code == 3
    assert "was recorded under the key plan-" in planned.err
    assert "was recorded under the key plan-" in refused.err
    assert project.writes() == []
    assert project.variables(applied) == AFTER


def test_a_service_that_is_gone_or_another_one_is_not_written_to(project: Project, applied: str) -> None:
    project.write("services.yaml", CONTRACT.replace("      worker:\n", "      other:\n"))
    undeclared = project.reconcile("rollback", "1")
    other = project.service("other", {})
    project.write("services.yaml", CONTRACT.replace("render: worker", "render: other"))
    moved = project.reconcile("rollback", "1")

    assert undeclared.code == moved.code == 3
    assert "run 1 wrote to staging/worker, which services.yaml does not declare any more" in undeclared.err
    assert f"staging/worker was {applied} in run 1 and is {other} now" in moved.err


@pytest.mark.parametrize(
    ("tampering", "words"),
    [
        ("UPDATE reconcile_steps SET previous = substr(previous, 1, 40) || 'AAAA' || substr(previous, 45)", "be read"),
        ("UPDATE reconcile_steps SET previous = (SELECT max(previous) FROM reconcile_steps WHERE action = 'delete')",
         "cannot be read"),
        ("UPDATE reconcile_steps SET before = after WHERE address LIKE '%ALPHA'", "was changed since, or is damaged"),
        ("UPDATE reconcile_steps SET before = NULL, previous = NULL WHERE address LIKE '%ALPHA'", "was changed since"),
        ("UPDATE reconcile_steps SET previous = NULL WHERE address LIKE '%ALPHA'", "kept no previous value"),
        ("UPDATE reconcile_steps SET after = before WHERE address LIKE '%ALPHA'", "changed since run 1"),
        ("UPDATE reconcile_steps SET address = 'staging/worker/MINE' WHERE address LIKE '%ALPHA'", "cannot be read"),
        ("UPDATE reconcile_steps SET target_id = 'srv-elsewhere' WHERE address LIKE '%ALPHA'", "was srv-elsewhere in"),
    ],
)  # fmt: skip
def test_a_journal_that_was_tampered_with_is_found_out(
    project: Project, applied: str, tampering: str, words: str
) -> None:
    project.reconcile("rollback", "1", "-o", "r.json")
    rows(project, tampering)
    project.forget_requests()

    planned = project.reconcile("rollback", "1")
    refused = project.reconcile("apply", "r.json")

    assert planned.code != 0
    assert words in " ".join((planned.out + planned.err).split())
    assert refused.code != 0
    assert project.writes() == []
    assert project.variables(applied) == AFTER


def test_a_plan_file_cannot_be_made_one_of_another_run_or_kind(project: Project, applied: str) -> None:
    roll_back(project, 1)
    project.reconcile("apply", "--auto-approve")
    project.reconcile("rollback", "3", "-o", "r.json")
    document = json.loads((project.folder / "r.json").read_text())
    project.forget_requests()

    for changed in ({"run": 1}, {"kind": "apply"}, {"run": None}, {"kind": "apply", "run": None}):
        (project.folder / "r.json").write_text(json.dumps(document | changed))
        refused = project.reconcile("apply", "r.json")
        assert refused.code == 3, changed
        assert "was changed after it was made" in refused.err
    assert project.writes() == []
    assert project.variables(applied) == AFTER


def test_no_value_lies_in_the_journal_or_is_said(project: Project, worker: str) -> None:
    old, new, gone = (f"{name}-{secrets.token_hex(16)}" for name in ("old", "new", "gone"))
    project.environ["T"] = new
    for key, value in {"ALPHA": old, "GONE": gone}.items():
        project.control("POST", "/edits", {"service": worker, "key": key, "value": value})
    project.write("services.yaml", CONTRACT.replace("ALPHA: new", 'ALPHA: {secret: "env://T"}'))

    runs = [
        project.reconcile("apply", "--auto-approve", "-v"),
        project.reconcile("history", "-v"),
        project.reconcile("history", "1", "-v"),
        project.reconcile("history", "1", "--format", "json"),
        project.reconcile("rollback", "1", "-v", "-o", "r.json"),
        project.reconcile("rollback", "1", "--format", "json"),
        project.reconcile("rollback", "1", "--format", "markdown"),
    ]
    store = open_store(folder=project.folder)  # kept open, so that the log of what was written stays beside the file
    project.control("POST", "/faults", {"method": "PUT", "times": 1, "status": 400, "body": {"message": f"no {old}"}})
    runs += [project.reconcile("apply", "-v", "r.json"), project.reconcile("history", "2")]
    rows(project, "UPDATE reconcile_steps SET previous = substr(previous, 1, 60)")
    runs.append(project.reconcile("rollback", "1", "-v"))

    assert [run.code for run in runs] == [0, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    files = {path.name: path.read_bytes() for path in (project.folder / ".reconcile").iterdir()}
    store.close()
    assert {"journal.db", "journal.db-wal", "journal.db-shm"} <= files.keys()
    said = "".join(run.out + run.err for run in runs).encode()
    written = (project.folder / "r.json").read_bytes()
    for secret in (old, new, gone, project.environ["RECONCILE_PLAN_KEY"], project.sandbox.api_key):
        assert secret.encode() not in said + written
        assert [name for name, content in files.items() if secret.encode() in content] == []


def test_a_team_rolls_back_from_its_postgresql(project: Project, worker: str) -> None:
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("needs PostgreSQL's server (Debian package postgresql) for initdb and pg_ctl")
    with running_server(bin_folder) as server:
        project.environ["RECONCILE_STORE_URL"] = server.url(server.new_database())
        project.reconcile("plan", "-o", "p.json")
        assert project.reconcile("apply", "p.json").code == 0

        rolled_back = roll_back(project, 1)
        told = project.reconcile("history", "2")
        unlocked = project.reconcile("unlock", "-e", "staging", "--yes")

    assert rolled_back.code == 0, rolled_back.err
    assert project.variables(worker) == BEFORE
    assert "Run 2: rollback of run 1, succeeded" in told.out
    assert unlocked.out.startswith("Nothing to break")
    assert not (project.folder / ".reconcile").exists()
