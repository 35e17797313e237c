"""The client of GitHub's API: nothing twice, nothing to another host, nothing of the token in what is said."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, TypeVar

import pytest

from reconciler.domain.value import Secret
from reconciler.errors import GitHubError, UsageError
from reconciler.github import ActionsEnvironment, GitHubConnection, github_token
from reconciler.github.comments import Marker, Posted, post_comment, pull_of_commit
from tests.github.stand_in import GitHub, github
from tests.render_api.stage import FakeClock, Said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

T = TypeVar("T")

MARKER = Marker("0123456789abcdef", "d" * 64)
CREATE = (r"POST", r"/issues/7/comments$")


@pytest.fixture
def stand_in() -> Iterator[GitHub]:
    with github() as state:
        yield state


def connected(stand_in: GitHub, act: Callable[[GitHubConnection], Awaitable[T]], clock: FakeClock | None = None) -> T:
    async def run() -> T:
        environment = ActionsEnvironment.read(stand_in.environ)
        token = github_token(stand_in.environ)
        async with GitHubConnection(environment, token, clock=clock or FakeClock(), progress=Said()) as connection:
            return await act(connection)

    return asyncio.run(run())


def post(stand_in: GitHub, text: str = "text", clock: FakeClock | None = None) -> Posted:
    return connected(stand_in, lambda connection: post_comment(connection, 7, MARKER, text), clock)


def test_a_comment_is_made_once_and_then_updated_in_place(stand_in: GitHub) -> None:
    first, second = post(stand_in, "one"), post(stand_in, "two")

    assert (first.is_new, second.is_new, first.url == second.url) == (True, False, True)
    assert stand_in.shown(7) == [f"{MARKER}two"]


def test_a_server_of_ones_own_is_asked_below_its_prefix(stand_in: GitHub) -> None:
    environ = {**stand_in.environ, "GITHUB_API_URL": f"{stand_in.url}/api/v3"}
    del environ["GITHUB_GRAPHQL_URL"]

    async def story() -> list[Posted]:
        token = github_token(environ)
        async with GitHubConnection(ActionsEnvironment.read(environ), token, clock=FakeClock()) as connection:
            return [await post_comment(connection, 7, MARKER, text) for text in ("one", "two")]

    assert [posted.is_new for posted in asyncio.run(story())] == [True, False]
    assert stand_in.shown(7) == [f"{MARKER}two"]
    assert stand_in.requests("POST") == ["/api/v3/repos/octo/shop/issues/7/comments", "/api/graphql"]


def test_neither_a_marker_of_somebody_else_nor_another_target_is_touched(stand_in: GitHub) -> None:
    other = Marker("f" * 16, "d" * 64)
    foreign = [
        stand_in.add_comment(7, f"{MARKER}forged", "mallory"),
        stand_in.add_comment(7, f"{other}another target"),
        stand_in.add_comment(7, f"quoted:\n{MARKER}"),
    ]
    before = [each["body"] for each in foreign]
    made = post(stand_in)

    assert made.is_new
    assert [each["body"] for each in foreign] == before
    assert stand_in.minimized == set()


def test_the_newest_of_ours_is_updated_and_older_ones_are_folded_away(stand_in: GitHub) -> None:
    stand_in.page = 2
    ours = [stand_in.add_comment(7, f"{MARKER}{number}".replace("\n", "\r\n")) for number in range(5)]
    stand_in.minimized.add(ours[4]["node_id"])
    made = post(stand_in, "new")

    assert (made.is_new, made.folded) == (False, 3)
    assert stand_in.shown(7) == [f"{MARKER}new"]
    assert ours[3]["body"] == f"{MARKER}new"


def test_pages_are_read_by_link_and_the_token_goes_to_no_other_host(stand_in: GitHub) -> None:
    stand_in.page = 2
    stand_in.link_host = "https://elsewhere.example"
    for number in range(4):
        stand_in.add_comment(7, f"chat {number}", "alice")
    mine = stand_in.add_comment(7, f"{MARKER}old")
    post(stand_in, "new")

    assert mine["body"] == f"{MARKER}new"
    assert stand_in.requests("GET") == ["/repos/octo/shop/issues/7/comments"] * 3


@pytest.mark.parametrize("is_dropped", [True, False])
@pytest.mark.parametrize("is_carried_out", [True, False])
def test_an_answer_that_was_lost_makes_no_second_comment(
    stand_in: GitHub, *, is_dropped: bool, is_carried_out: bool
) -> None:
    for _ in range(2):
        stand_in.trouble(*CREATE, status=502, is_carried_out=is_carried_out, is_dropped=is_dropped)
    post(stand_in)

    assert stand_in.shown(7) == [f"{MARKER}text"]
    assert stand_in.requests("POST").count("/repos/octo/shop/issues/7/comments") == (1 if is_carried_out else 3)


def test_a_comment_that_cannot_be_posted_is_an_error(stand_in: GitHub) -> None:
    for _ in range(5):
        stand_in.trouble(*CREATE, status=503)
    with pytest.raises(GitHubError, match="503"):
        post(stand_in)

    assert stand_in.comments == []
    assert len([path for path in stand_in.requests("POST") if path.endswith("/comments")]) == 5


@pytest.mark.parametrize(
    ("headers", "body", "waited"),
    [
        ({"retry-after": "17"}, {"message": "You have exceeded a secondary rate limit"}, 17),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767323345"},
            {"message": "API rate limit exceeded"},
            301,
        ),
        ({}, {"message": "You have exceeded a secondary rate limit. Please wait."}, 60),
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_is_waited_for(
    stand_in: GitHub, status: int, headers: dict[str, str], body: dict[str, str], waited: float
) -> None:
    stand_in.trouble(*CREATE, status=status, headers=headers, body=body)
    clock = FakeClock()
    post(stand_in, clock=clock)

    assert clock.slept == [waited]
    assert stand_in.shown(7) == [f"{MARKER}text"]


def test_a_rate_limit_in_graphql_is_waited_for_and_one_of_an_hour_is_an_error(stand_in: GitHub) -> None:
    stand_in.add_comment(7, f"{MARKER}old")
    stand_in.trouble("POST", "graphql", status=200, body={"errors": [{"type": "RATE_LIMITED", "message": "m"}]})
    clock = FakeClock()
    post(stand_in, clock=clock)
    stand_in.trouble("GET", "comments", status=403, headers={"retry-after": "3600"})
    with pytest.raises(GitHubError, match="it asks to wait 3,600 s"):
        post(stand_in)

    assert clock.slept == [60]


def test_a_missing_permission_is_named(stand_in: GitHub) -> None:
    denied = {"message": "Resource not accessible by integration"}
    stand_in.trouble(*CREATE, status=403, body=denied)
    with pytest.raises(GitHubError) as refused:
        post(stand_in)
    stand_in.add_comment(7, f"{MARKER}old")
    stand_in.trouble("POST", "graphql", status=200, body={"errors": [{"type": "FORBIDDEN", "message": "m"}]})
    with pytest.raises(GitHubError) as hidden:
        post(stand_in)

    assert "Resource not accessible by integration" in refused.value.message
    assert "`permissions: {pull-requests: write}`" in str(refused.value.remedy)
    assert "`permissions: {pull-requests: read}`" in str(hidden.value.remedy)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_is_never_followed(stand_in: GitHub, status: int) -> None:
    with github() as elsewhere:
        stand_in.trouble("GET", "comments", status=status, headers={"location": f"{elsewhere.url}/x"})
        with pytest.raises(GitHubError, match="redirect"):
            post(stand_in)

        assert elsewhere.seen == []


@pytest.mark.parametrize(
    "body", [[{"id": "x"}], {"not": "a list"}, [{"id": 1, "node_id": "n", "html_url": "u", "user": None}]]
)
def test_an_answer_that_is_none_is_no_empty_list(stand_in: GitHub, body: object) -> None:
    stand_in.trouble("GET", "comments", status=200, body=body)
    with pytest.raises(GitHubError, match="is not what it should be") as malformed:
        post(stand_in)

    assert stand_in.requests("POST") == []
    assert malformed.value.__context__ is None


def test_what_a_server_says_of_the_token_is_not_repeated(stand_in: GitHub) -> None:
    stand_in.trouble("GET", "comments", status=422, body={"message": f"bad: {stand_in.token[4:20]}"})
    with pytest.raises(GitHubError) as refused:
        post(stand_in)

    assert str(refused.value) == "GitHub refused GET of the comments of pull request 7 (422)"


def test_a_pull_request_is_found_by_the_commit_that_it_became_or_has(stand_in: GitHub) -> None:
    stand_in.add_pull(8, merged_at="2026-01-01T00:00:00Z", merge_commit_sha="b" * 40)
    stand_in.add_pull(9, merge_commit_sha="b" * 40)
    stand_in.add_pull(10, merge_commit_sha="d" * 40)
    for number in (11, 12):
        stand_in.add_pull(number, merge_commit_sha="e" * 40)

    def found(sha: str) -> int | None:
        pull = connected(stand_in, lambda connection: pull_of_commit(connection, sha * 40))
        return None if pull is None else pull.number

    assert [found(sha) for sha in "bdc"] == [8, 10, None]
    with pytest.raises(GitHubError, match="is in several pull requests: #11, #12"):
        connected(stand_in, lambda connection: pull_of_commit(connection, "e" * 40))


@pytest.mark.parametrize(
    "url", ["http://api.github.example", "ftp://x", "https://user:word@x", "https://x?y", "nonsense", "https://x#y"]
)
def test_the_token_goes_to_no_address_where_it_could_be_read(stand_in: GitHub, url: str) -> None:
    environment = dataclasses.replace(ActionsEnvironment.read(stand_in.environ), api_url=url)
    with pytest.raises(UsageError) as refused:
        GitHubConnection(environment, Secret("x"), clock=FakeClock())

    assert "word" not in str(refused.value)
