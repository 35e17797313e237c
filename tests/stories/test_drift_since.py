"""Drift since a run or a time: the cost grows with what was changed, and nothing is called clean that nobody knows."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import add_fleet

if TYPE_CHECKING:
    from tests.stories.conftest import Project, Run

WORKSPACE = "tea-d1example0example0ex"
CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      api: {render: api, variables: {LEVEL: info}}
      worker: {render: worker, variables: {ALPHA: one, KEY: {secret: "env://KEY"}}, env_groups: [common]}
      files: {render: files, variables: {BETA: two}, secret_files: {"a.txt": {value: text}}}
      taker: {render: taker, variables: {PORT: {from: {postgres: main-db, property: port}}}}
    env_groups:
      common: {render: common, variables: {TRACING: "on"}}
"""
FLEET = 40
NAME = "worker-00007"


def note(project: Project, event: str, metadata: dict[str, str], minutes_ago: float) -> None:
    """Write a line of the audit log, as Render would."""
    workspace = project.sandbox.workspace
    key = workspace.keys[project.sandbox.api_key]
    at = workspace.now() - timedelta(minutes=minutes_ago)
    workspace.note_at(at, event, project.sandbox.owner_id, metadata, actor=("user", key))


@pytest.fixture
def ids(project: Project) -> dict[str, str]:
    """Make everything as the contract says, but for what the first apply is to write; return the services' ids."""
    note(project, "LoginEvent", {}, 60 * 24)
    fleet = add_fleet(project.sandbox.workspace, services=FLEET, variables=1)
    lines = [f"      {each.name}: {{render: {each.name}, variables: {{VARIABLE_000: value-0}}}}" for each in fleet]
    head, tail = CONTRACT.split("    env_groups:\n", 1)
    project.write("services.yaml", head + "\n".join(lines) + "\n    env_groups:\n" + tail)
    project.environ["KEY"] = "the-value-itself"
    found = {
        "api": project.service("api", {"LEVEL": "debug"}),
        "worker": project.service("worker", {"ALPHA": "one", "KEY": "the-value-itself"}),
        "files": project.service("files", {"BETA": "two"}),
        "taker": project.service("taker", {}),
    }
    project.api("PUT", f"/services/{found['files']}/secret-files/a.txt", {"content": "text"})
    owner = project.sandbox.owner_id
    project.api("POST", "/postgres", {"name": "main-db", "ownerId": owner, "plan": "free", "version": "16"})
    group = {"name": "common", "ownerId": owner, "envVars": [{"key": "TRACING", "value": "on"}]}
    found["common"] = project.api("POST", "/env-groups", {**group, "serviceIds": [found["worker"]]})["id"]
    for each in fleet:
        found[each.name] = each.id
    return found


@pytest.fixture
def applied(project: Project, ids: dict[str, str]) -> dict[str, str]:
    """Apply it all, as run 1; everything before that was long ago."""
    workspace = project.sandbox.workspace
    workspace.audit[:] = [entry for entry in workspace.audit if entry.event == "LoginEvent"]
    run = project.reconcile("apply", "--auto-approve")
    assert run.code == 0, run.out + run.err
    project.forget_requests()
    return ids


def edit(project: Project, service: str, key: str, value: str) -> None:
    body = {"service": service, "key": key, "value": value, "email": "ann@example.com"}
    project.control("POST", "/edits", body)


def drift(project: Project, since: str, *arguments: str) -> tuple[dict[str, Any], set[str]]:
    """Return what drift says in JSON, and the ids of the services that it read variables of."""
    project.forget_requests()
    run = project.reconcile("drift", "--since", since, "--format", "json", *arguments)
    assert run.code == 0, run.err
    found = re.findall(r"/services/([^/]+)/env-vars ", " ".join(f"{seen['path']} " for seen in project.requests()))
    return json.loads(run.out), set(found)


def flat(run: Run) -> str:
    return " ".join(run.out.split())


def addresses(document: dict[str, Any]) -> list[str]:
    return [change["address"] for change in document["drifted"]]


def test_since_a_run_only_what_was_changed_is_read(project: Project, applied: dict[str, str]) -> None:
    edit(project, "api", "LEVEL", "loud")
    edit(project, "worker-00007", "VARIABLE_000", "by-hand")

    document, read = drift(project, "1")
    kinds = Counter(str(seen["path"]).rpartition("/")[2] for seen in project.requests())
    text = project.reconcile("drift", "--since", "1", "--detailed-exitcode")
    markdown = project.reconcile("drift", "--since", "1", "--format", "markdown")

    assert addresses(document) == ["staging/api/LEVEL", "staging/worker-00007/VARIABLE_000"]
    # What the run wrote, what was edited since, and what the log cannot tell of.
    assert read == {applied[name] for name in ("api", "worker-00007", "files", "taker")}
    assert document["since"]["run"] == 1
    assert len(document["since"]["not_read"]) == FLEET
    assert (document["since"]["unverified"], document["since"]["gaps"]) == (0, [])
    # The log is asked for what is new, for something older, and for who made the differences.
    assert (kinds["services"], kinds["audit-logs"]) == (1, 3)
    assert text.code == 2
    said = f"{FLEET} services not read: no change in Render's audit log since run 1, after which nothing differed."
    assert said in " ".join(text.out.split())
    assert said in markdown.out.replace("\\", "")
    assert max(map(len, text.out.splitlines())) <= 80


def test_where_nobody_changed_anything_a_run_vouches_for_what_is_not_read(
    project: Project, applied: dict[str, str]
) -> None:
    document, read = drift(project, "1")

    assert read == {applied[name] for name in ("api", "files", "taker")}
    assert document["clean"] is True
    text = project.reconcile("drift", "--since", "1").out
    assert text.splitlines()[-1] == "No drift. 3 services and 1 env group read, 41 not."


def test_since_a_time_what_was_before_is_not_called_clean(project: Project, ids: dict[str, str]) -> None:
    workspace = project.sandbox.workspace
    workspace.audit[:] = [entry for entry in workspace.audit if entry.event == "LoginEvent"]
    project.api("PUT", f"/services/{ids['taker']}/env-vars/PORT", {"value": "5432"})
    edit(project, "api", "LEVEL", "info")

    document, read = drift(project, "1h")
    text = project.reconcile("drift", "--since", "1h")

    assert addresses(document) == []
    assert read == {ids[name] for name in ("api", "files", "taker")}
    assert document["clean"] is False
    assert document["since"]["unverified"] == len(document["since"]["not_read"]) == FLEET + 1
    assert text.out.splitlines()[-1] == "No drift in what was read. 3 services and 1 env group read, 41 not."
    assert "what differed before that is not known" in " ".join(text.out.split())


@pytest.mark.usefixtures("applied")
def test_what_services_yaml_or_a_secret_store_says_otherwise_since_the_run_is_read(project: Project) -> None:
    text = (project.folder / "services.yaml").read_text()
    (project.folder / "services.yaml").write_text(
        text.replace("worker-00003, variables: {VARIABLE_000: value-0}", "worker-00003, variables: {VARIABLE_000: new}")
    )
    project.environ["KEY"] = "another-value"

    document, _ = drift(project, "1")

    assert set(addresses(document)) == {"staging/worker-00003/VARIABLE_000", "staging/worker/KEY"}


def unlink(project: Project, ids: dict[str, str]) -> str:
    project.api("DELETE", f"/env-groups/{ids['common']}/services/{ids['worker']}")
    return "staging/worker/groups/common"


def change_group(project: Project, ids: dict[str, str]) -> str:
    project.api("PUT", f"/env-groups/{ids['common']}/env-vars/TRACING", {"value": "off"})
    return "staging/groups/common/TRACING"


def change_file(project: Project, ids: dict[str, str]) -> str:
    project.api("PUT", f"/services/{ids['files']}/secret-files/a.txt", {"content": "other"})
    return "staging/files/files/a.txt"


def test_what_the_log_does_not_tell_is_read(project: Project, applied: dict[str, str]) -> None:
    before = list(project.sandbox.workspace.audit)
    changed = [change(project, applied) for change in (unlink, change_group, change_file)]
    # Render's document names no event for any of these.
    project.sandbox.workspace.audit[:] = before

    document, _ = drift(project, "1")

    assert set(addresses(document)) == set(changed)


def no_log(project: Project) -> str:
    project.control("POST", "/audit-log", {"status": 402})
    return "cannot be read"


def young_log(project: Project) -> str:
    workspace = project.sandbox.workspace
    workspace.audit[:] = [entry for entry in workspace.audit if entry.event != "LoginEvent"]
    return "no entry from before"


def forgetful_log(project: Project) -> str:
    workspace = project.sandbox.workspace
    workspace.audit[:] = [entry for entry in workspace.audit if entry.event == "LoginEvent"]
    return "does not tell of what run 1 wrote"


def vague_log(project: Project) -> str:
    note(project, "UpdateEnvVarsEvent", {"field": "env_vars"}, 0)
    return "without saying whose"


def endless_log(project: Project) -> str:
    for _ in range(5001):
        note(project, "LoginEvent", {}, 0)
    return "too long"


def broken_log(project: Project) -> str:
    project.control("POST", "/faults", {"path": "*/audit-logs", "lie": [{"auditLog": 7}]})
    return "could not be read"


@pytest.mark.usefixtures("applied")
def test_where_the_log_may_have_a_gap_everything_is_read_and_that_is_said(project: Project) -> None:
    edit(project, NAME, "VARIABLE_000", "by-hand")
    kept = list(project.sandbox.workspace.audit)
    for trouble in (young_log, forgetful_log, vague_log, endless_log, no_log, broken_log):
        said = trouble(project)

        document, read = drift(project, "1")

        project.sandbox.workspace.audit[:] = kept
        project.control("POST", "/audit-log", {"status": None})
        assert len(read) == FLEET + 4
        assert addresses(document) == [f"staging/{NAME}/VARIABLE_000"]
        assert document["since"]["not_read"] == []
        (gap,) = document["since"]["gaps"]
        assert gap.startswith(f"the audit log of {WORKSPACE}")
        assert said in gap


def test_a_run_that_is_unknown_went_wrong_or_had_another_key_vouches_for_nothing(
    project: Project, applied: dict[str, str]
) -> None:
    project.write("bad.yaml", (project.folder / "services.yaml").read_text().replace("LEVEL: info", "LEVEL: warn"))
    project.control("POST", "/faults", {"method": "PUT", "path": f"*/{applied['api']}/env-vars/LEVEL", "status": 400})
    failed = project.reconcile("-f", "bad.yaml", "apply", "--auto-approve")
    key = {"RECONCILE_PLAN_KEY": "k" * 40}

    unknown = project.reconcile("drift", "--since", "9")
    incomplete = project.reconcile("drift", "--since", "2")
    other_key = project.reconcile("drift", "--since", "1", env=key)

    with sqlite3.connect(project.folder / ".reconcile/journal.db") as journal:
        journal.execute("DROP TABLE reconcile_matches")
        journal.execute("UPDATE reconcile_schema SET version = 1")
    journal.close()
    older = project.reconcile("drift", "--since", "1")

    assert failed.code in {1, 4}
    assert "All services were read: the journal does not say which services were as they should be" in flat(older)
    assert "All services were read: the journal has no run 9." in flat(unknown)
    assert "All services were read: run 2 did not end with everything as planned." in flat(incomplete)
    assert "All services were read: run 1 was applied under another RECONCILE_PLAN_KEY or API key." in flat(other_key)
    for run in (unknown, incomplete, other_key, older):
        assert f"{FLEET + 4} services" in run.out


@pytest.mark.parametrize("since", ["yesterday", "2999-01-01T00:00:00Z", "-1", "1.5", "2026-13-01", ""])
def test_what_is_no_run_and_no_time_is_a_mistake(project: Project, since: str) -> None:
    project.write("services.yaml", CONTRACT)

    run = project.reconcile("drift", f"--since={since}")

    assert run.code == 1
    assert "--since" in run.err


def test_a_run_whose_clock_was_hours_ahead_hides_no_change_where_nothing_that_it_wrote_shows_it(
    project: Project, ids: dict[str, str]
) -> None:
    project.api("PUT", f"/services/{ids['api']}/env-vars/LEVEL", {"value": "info"})
    project.api("PUT", f"/services/{ids['taker']}/env-vars/PORT", {"value": "5432"})
    unlink(project, ids)
    workspace = project.sandbox.workspace
    workspace.audit[:] = []
    note(project, "LoginEvent", {}, 60 * 48)
    run = project.reconcile("apply", "--auto-approve")
    assert run.code == 0, run.out + run.err
    # As it would stand there if the clock had been set to local time.
    with sqlite3.connect(project.folder / ".reconcile/journal.db") as journal:
        journal.execute("UPDATE reconcile_matches SET read_at = read_at + 3 * 3600 * 1000")
    journal.close()
    edit(project, NAME, "VARIABLE_000", "by-hand")

    document, _ = drift(project, "1")

    assert addresses(document) == [f"staging/{NAME}/VARIABLE_000"]


def test_what_a_read_group_has_in_common_with_a_service_that_is_not_read_is_told_all_the_same(
    project: Project, applied: dict[str, str]
) -> None:
    before = list(project.sandbox.workspace.audit)
    project.api("PUT", f"/env-groups/{applied['common']}/env-vars/ALPHA", {"value": "by-hand"})
    project.sandbox.workspace.audit[:] = before

    document, read = drift(project, "1")

    assert applied["worker"] not in read
    assert [(check["code"], check["address"]) for check in document["checks"]] == [("RC125", "staging/worker/ALPHA")]
    assert document["clean"] is False
