"""Env groups and databases: what Render has to answer before anything of it is believed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.value import Secret
from reconciler.errors import RenderError, UnconfirmedWriteError
from tests.render_api.lying_server import Reply
from tests.render_api.stage import SERVICE, Stage, perform, wanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.render_api.lying_server import Received

WORKSPACE = "tea-d1example0example0ex"
GROUP = "evg-0123456789abcdefghij"


def summary(**said: object) -> dict[str, object]:
    return {"id": GROUP, "name": "common", "ownerId": WORKSPACE, "serviceLinks": [], **said}


def whole(**said: object) -> dict[str, object]:
    return summary(**{"envVars": [], "secretFiles": [], **said})


async def listing(stage: Stage) -> object:
    return await stage.writer.groups(WORKSPACE)


async def one(stage: Stage) -> object:
    return await stage.writer.group(GROUP)


async def databases(stage: Stage) -> object:
    return await stage.writer.databases(WORKSPACE)


async def connection(stage: Stage) -> object:
    return await stage.writer.database_connection("dpg-0123456789abcdefghij-a")


LINK = {"id": SERVICE, "name": "api", "type": "web"}
DATABASE = {"id": "dpg-0123456789abcdefghij-a", "name": "main", "owner": {"id": WORKSPACE}}


@pytest.mark.parametrize(
    ("body", "act"),
    [
        ({}, listing),
        ([{"cursor": "x"}], listing),
        ([summary(id="..")], listing),
        ([summary(), summary()], listing),
        ([summary(ownerId="tea-another00another00an")], listing),
        (whole(id="evg-another00another00an"), one),
        (summary(), one),
        (whole(envVars=[{"key": "A"}]), one),
        (whole(envVars=[{"key": "A", "value": "x"}, {"key": "A", "value": "y"}]), one),
        (whole(envVars=[{"key": "..", "value": "x"}]), one),
        (whole(serviceLinks=None), one),
        (whole(serviceLinks=[LINK, LINK]), one),
        ([{"postgres": DATABASE, "cursor": "x"}, {"postgres": DATABASE, "cursor": "y"}], databases),
        ([{"postgres": {**DATABASE, "owner": {"id": "tea-another00another00an"}}, "cursor": "x"}], databases),
        ([{"postgres": {"id": "dpg-0", "name": "main"}, "cursor": "x"}], databases),
        ({"internalConnectionString": "x"}, connection),
    ],
)
def test_an_answer_that_is_not_exactly_what_was_asked_for_is_an_error(
    body: object, act: Callable[[Stage], Awaitable[object]]
) -> None:
    async def refused(stage: Stage) -> None:
        with pytest.raises(RenderError):
            await act(stage)

    perform(lambda _: Reply(200, body), refused)


@pytest.mark.parametrize("bare", [True, False])
def test_a_list_of_groups_is_read_in_both_shapes(*, bare: bool) -> None:
    body = [summary()] if bare else [{"envGroup": summary(), "cursor": "x"}]

    async def act(stage: Stage) -> list[str]:
        return [group.name for group in await stage.writer.groups(WORKSPACE)]

    assert perform(lambda _: Reply(200, body), act) == ["common"]


@pytest.mark.parametrize("answer", [whole(), whole(id="evg-another00another00an"), {"key": "KEY", "value": "x"}, []])
def test_a_write_that_the_group_in_the_answer_does_not_show_is_unconfirmed(answer: object) -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(UnconfirmedWriteError):
            await stage.writer.put_group_variable(GROUP, "KEY", Secret(secrets.token_hex(8)), confirm=wanted)
        with pytest.raises(UnconfirmedWriteError):
            await stage.writer.link_group(GROUP, SERVICE, confirm=wanted)

    perform(lambda _: Reply(200, answer), act)


def test_a_link_is_one_post_that_is_never_sent_twice() -> None:
    def answer(_: Received) -> Reply:
        return Reply(503, {"message": "try later"})

    async def act(stage: Stage) -> list[str]:
        with pytest.raises(UnconfirmedWriteError):
            await stage.writer.link_group(GROUP, SERVICE, confirm=wanted)
        return stage.server.lines

    assert [line.split()[:2] for line in perform(answer, act)] == [
        ["POST", f"/v1/env-groups/{GROUP}/services/{SERVICE}"]
    ]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "%2e%2e"])
def test_nothing_is_sent_for_a_name_that_is_path_syntax(name: str) -> None:
    async def act(stage: Stage) -> list[str]:
        with pytest.raises(RenderError):
            await stage.writer.delete_group_variable(GROUP, name, confirm=wanted)
        with pytest.raises(RenderError):
            await stage.writer.link_group(name, SERVICE, confirm=wanted)
        return stage.server.lines

    assert perform(lambda _: Reply(200, {}), act) == []
