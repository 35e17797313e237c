"""The workflows as GitHub would run them, against the sandbox and a stand-in for GitHub's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import NO_LIMITS, running
from tests.ci.repository import Repository
from tests.github.stand_in import REPOSITORY, github
from tests.stories.conftest import QUICK, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.github.stand_in import GitHub

CONTRACT = """\
version: 1
environments:
  staging: {workspace: tea-d1example0example0ex}
  production: {workspace: tea-d1example0example0ex, protected: true}
approvers:
  github: [reviewer]
services:
  worker:
    render: worker-{environment}
    variables:
      LOG_LEVEL: {type: string, value: INFO}
      TOKEN: {type: string, secret: "dotenv://secrets/{environment}.env#/TOKEN"}
"""


def contract(level: str) -> str:
    return CONTRACT.replace("INFO", level)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with running("empty", limits=NO_LIMITS, timing=QUICK) as sandbox:
        yield Project(tmp_path, sandbox)


@pytest.fixture
def stand_in() -> Iterator[GitHub]:
    with github() as state:
        yield state


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.begin(tmp_path)
    made.commit({"services.yaml": contract("info")})
    return made


def pull_request(repository: Repository, head: str, owner: str = REPOSITORY) -> dict[str, object]:
    """Check out what GitHub would make of a merge of `head` into main, and return the event."""
    repository.git("checkout", "--quiet", "--detach", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message", "Merge", head)
    repo, user = {"full_name": REPOSITORY}, {"login": "developer"}
    base = {"ref": "main", "sha": repository.git("rev-parse", "main"), "repo": repo}
    tip = {"ref": "change", "sha": repository.git("rev-parse", head), "repo": {"full_name": owner}}
    return {"action": "opened", "number": 7, "pull_request": {"number": 7, "user": user, "head": tip, "base": base}}


def test_a_fork_is_told_what_it_means_and_gets_nothing_else(
    repository: Repository, project: Project, stand_in: GitHub
) -> None:
    repository.environ = {"RENDER_API_URL": project.sandbox.url, **stand_in.environ}
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit({"services.yaml": contract("debug")})

    ran = repository.run("plan", "pull_request", pull_request(repository, "change", "mallory/shop"))

    assert ran.code == 0, ran.log
    assert "services.yaml is valid" in ran.job("Meaning")
    assert "LOG_LEVEL" in ran.job("Meaning")
    assert ran.job("Plan") == ""
    assert project.requests() == []
    assert stand_in.seen == []
