"""Each request of ours is valid by GitHub's own description of its API, and its own examples can be read."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from reconciler.github import ActionsEnvironment, GitHubConnection, github_token
from reconciler.github.comments import Marker, post_comment, pull_of_commit
from reconciler.github.payload import COMMENT, COMMENTS, PULLS, REFUSAL
from tests.github.prism import example, validated
from tests.github.stand_in import github
from tests.render_api.stage import FakeClock

if TYPE_CHECKING:
    from reconciler.github.comments import Posted
    from reconciler.github.payload import Pull

MARKER = Marker("0123456789abcdef", "d" * 64)


def test_every_request_is_as_described() -> None:
    async def story(environment: ActionsEnvironment) -> tuple[Posted, Posted, Pull | None]:
        token = github_token(state.environ)
        async with GitHubConnection(environment, token, clock=FakeClock()) as connection:
            made = await post_comment(connection, 7, MARKER, "one")
            updated = await post_comment(connection, 7, MARKER, "two")
            return made, updated, await pull_of_commit(connection, "b" * 40)

    with github() as state, validated(state.url) as url:
        state.page = 1
        state.add_comment(7, "chat", "alice")
        state.add_comment(7, "more", "alice")
        (pull,) = example("pull-request-simple-items")
        # GitHub's own example of a team lacks what its description demands.
        state.pulls[8] = {**pull, "number": 8, "merge_commit_sha": "b" * 40, "requested_teams": []}
        environment = dataclasses.replace(ActionsEnvironment.read(state.environ), api_url=url)
        made, updated, found = asyncio.run(story(environment))

        assert (made.is_new, updated.is_new, updated.folded) == (True, False, 0)
        assert state.shown(7) == ["chat", "more", f"{MARKER}two"]
        assert found is not None
        assert found.number == 8
        assert [state.requests(method) for method in ("POST", "PATCH")] == [
            ["/repos/octo/shop/issues/7/comments", "/graphql"],
            ["/repos/octo/shop/issues/comments/3"],
        ]


def test_githubs_own_examples_can_be_read() -> None:
    assert COMMENT.validate_python(example("issue-comment")).user
    assert COMMENTS.validate_python(example("issue-comment-items"))
    assert PULLS.validate_python(example("pull-request-simple-items"))
    assert REFUSAL.validate_python({"message": "Not Found", "documentation_url": "u", "status": "404"}).message
