"""One issue about drift: what the real command makes of it, and when it leaves it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.github.stand_in import GitHub, github

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: worker, variables: {ALPHA: one, KEY: {secret: "env://KEY"}}}
"""


@pytest.fixture
def stand_in(project: Project) -> Iterator[GitHub]:
    project.write("services.yaml", CONTRACT)
    with github() as state:
        project.environ |= {**state.environ, "KEY": "the-secret-itself"}
        yield state


def test_an_issue_tells_of_drift_and_no_secret_until_it_is_gone(project: Project, stand_in: GitHub) -> None:
    worker = project.service("worker", {"ALPHA": "@team <b>", "KEY": "another-secret"})

    told = project.reconcile("drift", "--issue", "--detailed-exitcode")

    (issue,) = stand_in.issues
    assert (told.code, issue["title"]) == (2, "Render is not as services.yaml says")
    assert issue["html_url"] in told.err
    assert "`staging/worker/ALPHA`" in issue["body"]
    assert "secret-itself" not in issue["body"]
    assert "another-secret" not in issue["body"] + told.out + told.err
    assert "`@team <b> -> one`" in issue["body"]

    for key, value in (("ALPHA", "one"), ("KEY", "the-secret-itself")):
        project.api("PUT", f"/services/{worker}/env-vars/{key}", {"value": value})
    assert project.reconcile("drift", "--issue", "--detailed-exitcode").code == 0
    assert issue["state"] == "closed"
    assert "No drift." in issue["body"]


def test_who_looks_at_less_does_not_close_the_issue_of_who_looks_at_all(project: Project, stand_in: GitHub) -> None:
    project.service("worker", {"ALPHA": "uno", "KEY": "the-secret-itself"})
    assert project.reconcile("drift", "--issue").code == 0

    less = project.reconcile("drift", "--issue", "--ignore", "ALPHA")

    assert less.code == 0
    assert "There is no issue about it to close." in less.err
    assert [each["state"] for each in stand_in.issues] == ["open"]


def test_what_could_not_be_read_leaves_the_issue_as_it_is(project: Project, stand_in: GitHub) -> None:
    project.service("worker", {"ALPHA": "uno", "KEY": "the-secret-itself"})
    assert project.reconcile("drift", "--issue").code == 0
    before = [dict(each) for each in stand_in.issues]
    project.control("POST", "/faults", {"method": "GET", "path": "/services/*/env-vars", "status": 401})

    run = project.reconcile("drift", "--issue")

    assert run.code == 1
    assert stand_in.issues == before


@pytest.mark.usefixtures("stand_in")
def test_without_a_token_render_is_not_even_asked(project: Project) -> None:
    run = project.reconcile("drift", "--issue", env={"GITHUB_TOKEN": ""})

    assert run.code == 1
    assert "GITHUB_TOKEN is not set" in run.err
    assert project.requests() == []


def test_a_post_that_failed_fails_the_command(project: Project, stand_in: GitHub) -> None:
    project.service("worker", {"ALPHA": "uno", "KEY": "the-secret-itself"})
    stand_in.trouble("POST", "/issues$", status=403, body={"message": "Resource not accessible by integration"})

    run = project.reconcile("drift", "--issue")

    assert run.code == 1
    assert "issues: write" in run.err


def test_more_than_an_issue_holds_is_cut_and_says_so(project: Project, stand_in: GitHub) -> None:
    keys = ", ".join(f'KEY_{number}: "1"' for number in range(40))
    services = "".join(f"      s{n}: {{render: s{n}, variables: {{{keys}}}}}\n" for n in range(40))
    project.write("services.yaml", CONTRACT.partition("      worker")[0] + services)
    for n in range(40):
        project.service(f"s{n}", {"OTHER": "x"})

    run = project.reconcile("drift", "--issue")

    (issue,) = stand_in.issues
    assert run.code == 0, run.err
    assert 40_000 < len(issue["body"].encode()) <= 65_536
    assert "Cut for want of room" in issue["body"]
