"""Drift: what somebody changed on Render, told without touching it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: worker, variables: {ALPHA: one, BETA: two, KEY: {secret: "env://KEY"}}}
"""


@pytest.fixture
def worker(project: Project) -> str:
    project.write("services.yaml", CONTRACT)
    project.environ["KEY"] = "the-secret-itself"
    return project.service("worker", {"ALPHA": "one", "BETA": "two", "KEY": "the-secret-itself"})


@pytest.mark.usefixtures("worker")
def test_no_drift(project: Project) -> None:
    run = project.reconcile("drift", "--detailed-exitcode")

    assert run.code == 0
    assert run.out == "No drift. 1 service checked.\n"


def test_drift_is_told_and_nothing_is_written(project: Project, worker: str) -> None:
    project.api("PUT", f"/services/{worker}/env-vars/ALPHA", {"value": "uno"})
    project.api("PUT", f"/services/{worker}/env-vars/KEY", {"value": "another-secret"})
    project.api("DELETE", f"/services/{worker}/env-vars/BETA")
    project.forget_requests()

    quiet = project.reconcile("drift")
    told = project.reconcile("drift", "--detailed-exitcode")
    document = json.loads(project.reconcile("drift", "--format", "json").out)
    markdown = project.reconcile("drift", "--format", "markdown").out

    assert (quiet.code, told.code) == (0, 2)
    assert "  ~ ALPHA   = uno -> one" in told.out
    assert "Drift: 3 differences in 1 service of 1." in told.out
    assert "another-secret" not in told.out + markdown + json.dumps(document)
    assert [change["address"] for change in document["drifted"]] == [
        "staging/worker/ALPHA", "staging/worker/BETA", "staging/worker/KEY",
    ]  # fmt: skip
    assert document["clean"] is False
    assert "`staging/worker/BETA`" in markdown
    assert project.writes() == []


def test_what_is_ignored_is_counted(project: Project, worker: str) -> None:
    project.api("PUT", f"/services/{worker}/env-vars/ALPHA", {"value": "uno"})

    run = project.reconcile("drift", "--detailed-exitcode", "--ignore", "ALP*")

    assert run.code == 0
    assert run.out == "No drift. 1 service checked. 1 difference ignored.\n"
