"""Unlock: a lock is broken knowingly, by name of whose it is, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.store import open_store
from tests.stories.test_terminal import on_terminal

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      production: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: "worker-{environment}", variables: {ALPHA: one}}
"""
STAGING = "tea-d1example0example0ex/staging"
PRODUCTION = "tea-d1example0example0ex/production"
OFFLINE = {"RENDER_API_KEY": "", "RENDER_API_URL": "http://127.0.0.1:9"}


@pytest.fixture
def locked(project: Project) -> Project:
    """A project with two locks that somebody holds."""
    project.write("services.yaml", CONTRACT)
    with open_store(folder=project.folder) as store:
        store.locks.acquire([STAGING, PRODUCTION], "ada@example.com", lease_seconds=600)
    return project


def names(project: Project) -> list[str]:
    with open_store(folder=project.folder) as store:
        return [lock.name for lock in store.locks.locks()]


def test_it_says_whose_lock_it_breaks_and_breaks_no_other(locked: Project) -> None:
    run = locked.reconcile("unlock", "-e", "staging", "--yes", env=OFFLINE)

    assert run.code == 0, run.err
    assert run.out.startswith(f"Broken: the lock {STAGING}, held by ada@example.com, process ")
    assert "whose lease had not run out." in run.out
    assert names(locked) == [PRODUCTION]
    assert locked.requests() == []


def test_nothing_held_is_said_and_is_no_failure_and_makes_no_journal(project: Project) -> None:
    project.write("services.yaml", CONTRACT)

    run = project.reconcile("unlock", "-e", "staging", env=OFFLINE)

    assert run.code == 0
    assert run.out == f"Nothing to break: nobody holds the lock {STAGING}.\n"
    assert not (project.folder / ".reconcile").exists()


def test_without_a_terminal_it_needs_yes(locked: Project) -> None:
    run = locked.reconcile("unlock", "-e", "staging")

    assert run.code == 3
    assert "held by ada@example.com" in run.err
    assert "nobody is there to say that it may be broken" in run.err
    assert names(locked) == [PRODUCTION, STAGING]


@pytest.mark.parametrize(("answer", "code", "left"), [("yes", 0, [PRODUCTION]), ("y", 3, [PRODUCTION, STAGING])])
def test_on_a_terminal_it_asks_and_takes_nothing_but_yes(
    locked: Project, answer: str, code: int, left: list[str]
) -> None:
    ended, shown = on_terminal(locked, answer, "unlock", "-e", "staging")

    assert ended == code
    assert "that apply seems to go on" in shown
    assert "Only 'yes' will be accepted to confirm." in shown
    assert names(locked) == left


def test_a_lock_that_changes_hands_while_it_asks_is_not_broken(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    with open_store(folder=project.folder) as store:
        store.locks.acquire([STAGING], "ada@example.com", lease_seconds=60)

        def hand_over() -> None:
            store.locks.break_lock(STAGING)
            store.locks.acquire([STAGING], "bob@example.com", lease_seconds=60)

        code, shown = on_terminal(project, "yes", "unlock", "-e", "staging", meanwhile=hand_over)

    assert code == 3
    assert "the lock changed hands while you were asked" in " ".join(shown.split())
    assert names(project) == [STAGING]


def test_a_lock_that_is_renewed_while_it_asks_is_still_the_same(locked: Project) -> None:
    renewed = "UPDATE reconcile_locks SET heartbeat_at = heartbeat_at + 20000, expires_at = expires_at + 20000"

    def renew() -> None:
        with open_store(folder=locked.folder) as store, store._database.engine.begin() as connection:  # noqa: SLF001 — sooner than a lease would
            connection.exec_driver_sql(renewed)

    code, shown = on_terminal(locked, "yes", "unlock", "-e", "staging", meanwhile=renew)

    assert code == 0, shown
    assert names(locked) == [PRODUCTION]


def test_a_lease_that_ran_out_is_said_to_be_nobodys(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    with open_store(folder=project.folder) as store:
        store.locks.acquire([STAGING], "ada@example.com", lease_seconds=0.001)

    run = project.reconcile("unlock", "-e", "staging", "--yes")

    assert run.code == 0
    assert "whose lease had run out." in run.out
    assert names(project) == []


def test_a_workspace_that_is_given_by_name_is_resolved_as_planning_does(locked: Project) -> None:
    (workspace,) = locked.api("GET", "/owners")
    name = workspace["owner"]["name"]
    locked.write(
        "services.yaml",
        CONTRACT.replace("staging: {workspace: tea-d1example0example0ex}", f"staging: {{workspace: {name}}}"),
    )

    run = locked.reconcile("unlock", "-e", "staging", "--yes")

    assert run.code == 0, run.err
    assert names(locked) == [PRODUCTION]


def test_an_unknown_environment_breaks_nothing(locked: Project) -> None:
    run = locked.reconcile("unlock", "-e", "stagin", "--yes")

    assert run.code == 1
    assert "did you mean `staging`?" in run.err
    assert names(locked) == [PRODUCTION, STAGING]
