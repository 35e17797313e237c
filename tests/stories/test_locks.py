"""Locks: one apply per workspace and environment, and what becomes of one that loses its lock."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reconciler.store import open_store
from tests.store.postgres_server import programs, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      production: {workspace: tea-d1example0example0ex}
    services:
      worker:
        render: worker-{environment}
        variables: {ALPHA: one, BETA: two}
"""
LOCK = "tea-d1example0example0ex/staging"
LONG = 60
"""Seconds that outlast whatever is done meanwhile, on however busy a machine."""


@pytest.fixture
def worker(project: Project) -> str:
    project.write("services.yaml", CONTRACT)
    project.service("worker-production", {})
    return project.service("worker-staging", {})


@contextmanager
def applying_slowly(project: Project, worker: str, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Run an apply to staging that is in the middle of its first write for so long; it is killed at the end."""
    path = f"/services/{worker}/env-vars/ALPHA"
    project.control("POST", "/faults", {"method": "PUT", "path": path, "times": 1, "latency": seconds})
    process = subprocess.Popen(
        project.command("apply", "-e", "staging", "--auto-approve"),
        cwd=project.folder,
        env=project.environment({"GIT_CONFIG_COUNT": "0"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not any(fault["hits"] for fault in project.control("GET", "/faults")):
            assert process.poll() is None, process.communicate()
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_second_apply_hears_who_holds_the_lock_and_reads_nothing(project: Project, worker: str) -> None:
    with applying_slowly(project, worker, LONG) as first:
        # Where nobody answers, so that asking Render anything would be another error.
        nowhere = {"RENDER_API_URL": "http://127.0.0.1:1/v1"}
        second = project.reconcile("apply", "-e", "staging", "--auto-approve", env=nowhere)

        assert second.code == 3, second.err
        assert f"{LOCK} is locked by unknown (process {first.pid} on " in second.err
        assert "unlock" in second.err


def test_the_second_apply_waits_if_it_is_told_to_and_then_reads_what_the_first_one_did(
    project: Project, worker: str
) -> None:
    with applying_slowly(project, worker, 3) as first:
        second = project.reconcile("apply", "-e", "staging", "--auto-approve", "--lock-timeout", "60s")

        first.communicate(timeout=60)
        assert (first.returncode, second.code) == (0, 0)
        assert "No changes. Render matches services.yaml." in second.out


def test_another_environment_is_not_held_up(project: Project, worker: str) -> None:
    with applying_slowly(project, worker, LONG) as first:
        second = project.reconcile("apply", "-e", "production", "--auto-approve")

        assert first.poll() is None
        assert second.code == 0


def test_an_apply_whose_lock_was_broken_writes_nothing_more(project: Project, worker: str) -> None:
    with applying_slowly(project, worker, 3) as first:
        with open_store(folder=project.folder) as store:
            assert store.locks.break_lock(LOCK) is not None
        out, _ = first.communicate(timeout=60)

        assert first.returncode == 4, out
        assert project.variables(worker) == {"ALPHA": "one"}
        assert f"the lock was lost: {LOCK}" in " ".join(out.split())
        assert project.reconcile("apply", "-e", "staging", "--auto-approve").code == 0
        assert project.variables(worker) == {"ALPHA": "one", "BETA": "two"}


@pytest.mark.usefixtures("worker")
def test_a_refused_apply_lets_go_of_its_lock(project: Project) -> None:
    refused = project.reconcile("apply", "-e", "staging")

    assert refused.code == 3
    assert project.reconcile("apply", "-e", "staging", "--auto-approve").code == 0


def test_an_apply_whose_journal_was_deleted_sends_nothing_that_nobody_would_know_of(
    project: Project, worker: str
) -> None:
    with applying_slowly(project, worker, 3) as first:
        shutil.rmtree(project.folder / ".reconcile")
        out, _ = first.communicate(timeout=60)

        assert first.returncode == 4, out
        assert project.variables(worker) == {"ALPHA": "one"}
        assert "was deleted or replaced while it was in use" in " ".join(out.split())
        assert project.reconcile("apply", "-e", "staging", "--auto-approve").code == 0
        assert project.variables(worker) == {"ALPHA": "one", "BETA": "two"}


def test_an_apply_whose_store_goes_away_writes_nothing_more_and_says_what_was_done(
    project: Project, worker: str
) -> None:
    found = programs()
    if found is None:
        pytest.skip("needs PostgreSQL's server (Debian package postgresql) for initdb and pg_ctl")
    with running_server(found) as server:
        database = server.new_database()
        project.environ = {"RECONCILE_STORE_URL": server.url(database)}
        with applying_slowly(project, worker, 3) as first:
            server.execute(f"DROP DATABASE {database} WITH (FORCE)")
            out, _ = first.communicate(timeout=60)

    said = " ".join(out.split())
    assert first.returncode == 4, out
    assert project.variables(worker) == {"ALPHA": "one"}
    assert "+ ALPHA done" in said
    assert "+ BETA not attempted" in said
    assert "Not noted in the journal: the journal" in said
    assert server.password not in out
