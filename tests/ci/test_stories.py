"""The workflows as GitHub would run them, against the sandbox and a stand-in for GitHub's API.

Requests to the stand-in and its answers go through Prism, which holds them against GitHub's own description.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import NO_LIMITS, running
from tests.ci.repository import Repository
from tests.ci.reviewing import REVIEWER, ReviewingGitHub, reviewing_github
from tests.github.prism import validated
from tests.github.reviewed import PULL, RUN
from tests.github.stand_in import REPOSITORY
from tests.stories.conftest import QUICK, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ci.repository import Ran

DEVELOPER = "devi"
CONTRACT = """\
version: 1
environments:
  staging: {workspace: tea-d1example0example0ex}
  production: {workspace: tea-d1example0example0ex, protected: true}
approvers:
  github: [rina]
services:
  worker:
    render: worker-{environment}
    variables:
      LOG_LEVEL: {type: string, value: INFO}
      TOKEN: {type: string, secret: "dotenv://secrets/{environment}.env#/TOKEN"}
"""


@dataclass
class Scene:
    """A repository on GitHub, its services on Render, and what runners are given."""

    repository: Repository
    project: Project
    github: ReviewingGitHub
    services: dict[str, str]
    tokens: dict[str, str]

    def desire(self, level: str) -> str:
        """Commit another log level on what is checked out; return the commit."""
        return self.repository.commit({"services.yaml": CONTRACT.replace("INFO", level)})

    def pull_request(self, owner: str = REPOSITORY) -> dict[str, object]:
        """Check out what GitHub would make of a merge of the branch `change` into main, and return the event."""
        git = self.repository.git
        git("checkout", "--quiet", "--detach", "main")
        git("merge", "--quiet", "--no-ff", "--message", "Merge", "change")
        repo, user = {"full_name": REPOSITORY}, {"login": DEVELOPER}
        base = {"ref": "main", "sha": git("rev-parse", "main"), "repo": repo}
        tip = {"ref": "change", "sha": git("rev-parse", "change"), "repo": {"full_name": owner}}
        request = {"number": PULL, "user": user, "head": tip, "base": base}
        return {"action": "opened", "number": PULL, "pull_request": request}

    def merge(self) -> dict[str, object]:
        """Merge the branch `change` into main as GitHub does, check main out, and return the event."""
        git = self.repository.git
        before, head = git("rev-parse", "main"), git("rev-parse", "change")
        git("checkout", "--quiet", "main")
        git("merge", "--quiet", "--no-ff", "--message", "Merge", "change")
        after = git("rev-parse", "main")
        git("update-ref", "refs/remotes/origin/main", after)
        self.github.merge(before, head, after, DEVELOPER)
        return {"ref": "refs/heads/main", "before": before, "after": after, "repository": {"full_name": REPOSITORY}}

    def levels(self) -> dict[str, str]:
        """The log levels on Render."""
        return {name: self.project.variables(service)["LOG_LEVEL"] for name, service in self.services.items()}

    def expect_secrecy(self, *ran: Ran) -> None:
        """Fail where a secret is anywhere in what was printed or posted."""
        said = "".join(each.log for each in ran) + str(self.github.comments) + str(self.github.issues)
        assert [name for name, token in self.tokens.items() if token in said] == []


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    repository = Repository.begin(tmp_path)
    with (
        running("empty", limits=NO_LIMITS, timing=QUICK) as sandbox,
        reviewing_github() as github,
        validated(github.url) as checking,
    ):
        project = Project(tmp_path, sandbox)
        tokens = {name: secrets.token_urlsafe(24) for name in ("staging", "production")}
        services = {}
        for name, token in tokens.items():
            services[name] = project.service(f"worker-{name}", {"LOG_LEVEL": "info", "TOKEN": token})
            path = repository.folder / "secrets" / f"{name}.env"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"TOKEN={token}\n", encoding="utf-8")
        scene = Scene(repository, project, github, services, tokens)
        scene.desire("info")
        repository.environ = {
            "RENDER_API_URL": sandbox.url,
            "RECONCILE_APPLY_POLL_INTERVAL": "50ms",
            "GITHUB_RUN_ID": str(RUN),
            **{name: value for name, value in github.environ.items() if name.endswith("_URL")},
            "GITHUB_API_URL": checking,
        }
        repository.secrets = {
            "RENDER_API_KEY": sandbox.api_key,
            "RECONCILE_PLAN_KEY": secrets.token_urlsafe(32),
            "GITHUB_TOKEN": github.token,
        }
        repository.git("checkout", "--quiet", "-b", "change")
        project.forget_requests()
        yield scene


def test_a_fork_is_told_what_it_means_and_gets_nothing_else(scene: Scene) -> None:
    scene.desire("debug")
    scene.repository.secrets = {}

    ran = scene.repository.run("plan", "pull_request", scene.pull_request("mallory/shop"), actor="mallory")

    assert ran.code == 0, ran.log
    assert "services.yaml is valid" in ran.job("Meaning")
    assert "LOG_LEVEL" in ran.job("Meaning")
    assert ran.job("Plan") == ""
    assert scene.project.requests() == []
    assert scene.github.seen == []


def test_a_pull_request_is_planned_merged_approved_and_applied(scene: Scene) -> None:
    scene.desire("debug")
    opened = scene.repository.run("plan", "pull_request", scene.pull_request(), actor=DEVELOPER)
    assert opened.code == 0, opened.log
    assert [("info" in text, "debug" in text) for text in scene.github.shown(PULL)] == [(True, True)] * 2

    # One more commit: the same two comments, other plans.
    scene.repository.git("checkout", "--quiet", "change")
    scene.desire("warning")
    updated = scene.repository.run("plan", "pull_request", scene.pull_request(), actor=DEVELOPER)
    assert updated.code == 0, updated.log
    assert [("warning" in text, "debug" in text) for text in scene.github.shown(PULL)] == [(True, False)] * 2
    assert scene.project.writes() == []

    # Merged: staging at once, production not without an approval.
    event = scene.merge()
    refused = scene.repository.run("apply", "push", event, actor=DEVELOPER)
    assert refused.code != 0
    assert "nobody decided anything there" in refused.job("Apply to production")
    assert scene.levels() == {"staging": "warning", "production": "info"}

    # What the reviewers saw in the pull request is what they approve: the digest is the same.
    scene.github.plan = scene.repository.folder.parent / "artifacts" / "production-plan" / "production.plan.json"
    digest = json.loads(scene.github.plan.read_text("utf-8"))["digest"]
    assert any(f"digest={digest} -->" in text for text in scene.github.shown(PULL))
    applied = scene.repository.run("apply", "push", event, actor=DEVELOPER)
    assert applied.code == 0, applied.log
    assert scene.levels() == {"staging": "warning", "production": "warning"}
    staging, production = sorted(scene.github.shown(PULL), key=lambda text: "production" in text)
    assert all("Apply complete!" in text for text in (staging, production))
    assert [REVIEWER in text for text in (staging, production)] == [False, True]
    scene.expect_secrecy(opened, updated, refused, applied)

    # Once more, as after a merge that changes nothing here: there is nothing to approve.
    scene.project.forget_requests()
    again = scene.repository.run("apply", "push", event, actor=DEVELOPER)
    assert again.code == 0, again.log
    assert again.job("Apply to production") == ""
    assert scene.project.writes() == []


def test_drift_opens_one_issue_which_is_closed_when_it_is_gone(scene: Scene) -> None:
    service = f"/services/{scene.services['production']}/env-vars/LOG_LEVEL"
    quiet = scene.repository.run("drift", "schedule", {})
    assert quiet.code == 0, quiet.log
    assert scene.github.issues == []

    scene.project.api("PUT", service, {"value": "trace"})
    found = scene.repository.run("drift", "schedule", {})
    (issue,) = scene.github.issues
    assert (found.code, issue["state"]) == (0, "open"), found.log
    assert "trace" in issue["body"]

    scene.project.api("PUT", service, {"value": "info"})
    gone = scene.repository.run("drift", "schedule", {})
    (issue,) = scene.github.issues
    assert (gone.code, issue["state"]) == (0, "closed"), gone.log
    scene.expect_secrecy(quiet, found, gone)
