"""What a job of Actions is told of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import UsageError
from reconciler.github import ActionsEnvironment, github_token
from reconciler.github.environment import PullRequest

if TYPE_CHECKING:
    from pathlib import Path

HERE = {"GITHUB_REPOSITORY": "octo/shop"}


def branch(sha: str, repository: str | None) -> dict[str, Any]:
    return {"sha": sha * 40, "ref": "r", "repo": repository and {"full_name": repository, "private": False}}


def event_of(tmp_path: Path, event: object) -> ActionsEnvironment:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    return ActionsEnvironment.read({**HERE, "GITHUB_EVENT_PATH": str(path)})


@pytest.mark.parametrize(("head", "is_from_fork"), [("octo/shop", False), ("mallory/shop", True), (None, True)])
def test_a_pull_request_and_whether_it_is_from_a_fork(tmp_path: Path, head: str | None, *, is_from_fork: bool) -> None:
    event = {"pull_request": {"number": 7, "head": branch("a", head), "base": branch("b", "octo/shop")}}

    found = event_of(tmp_path, event).pull_request

    assert found == PullRequest(7, "a" * 40, "r", is_from_fork=is_from_fork)


def test_a_comment_on_a_pull_request_and_on_an_issue(tmp_path: Path) -> None:
    assert event_of(tmp_path, {"issue": {"number": 8, "pull_request": {"url": "u"}}}).pull_request == PullRequest(8)
    assert event_of(tmp_path, {"issue": {"number": 8}}).pull_request is None
    assert event_of(tmp_path, {"after": "x"}).pull_request is None


def test_the_addresses_of_an_enterprise_server() -> None:
    found = ActionsEnvironment.read({**HERE, "GITHUB_API_URL": "https://git.example/api/v3", "GITHUB_RUN_ID": "12"})

    assert found.graphql_url == "https://git.example/api/graphql"
    assert found.run_url == "https://github.com/octo/shop/actions/runs/12"


@pytest.mark.parametrize(
    "wrong",
    [
        {"GITHUB_REPOSITORY": ""},
        {"GITHUB_REPOSITORY": "octo/.."},
        {"GITHUB_REPOSITORY": "octo/shop/../../x"},
        {"GITHUB_REPOSITORY": "octo/shop?x"},
        {"GITHUB_SHA": "main"},
        {"GITHUB_RUN_ID": "1/../2"},
        {"GITHUB_EVENT_PATH": "/does/not/exist"},
        {"GITHUB_EVENT_PATH": __file__},
    ],
)
def test_what_github_would_not_say_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        ActionsEnvironment.read({**HERE, **wrong})


def test_a_token_that_is_missing_is_asked_for() -> None:
    with pytest.raises(UsageError) as missing:
        github_token({})

    assert "env: {GITHUB_TOKEN: ${{ github.token }}}" in str(missing.value.remedy)
