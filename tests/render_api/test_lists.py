"""A list is read to its last page or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.errors import RenderError
from tests.render_api.lying_server import Received, Reply
from tests.render_api.stage import SERVICE, Stage, perform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def variables(numbers: Sequence[int]) -> list[dict[str, Any]]:
    return [{"envVar": {"key": f"K{number}", "value": f"v{number}"}, "cursor": f"c{number}"} for number in numbers]


def honest(total: int) -> Callable[[Received], Reply]:
    """Answer as Render does: at most `limit` items, those after the cursor."""

    def answer(received: Received) -> Reply:
        query = parse_qs(urlsplit(received.target).query)
        limit = int(query.get("limit", ["20"])[0])
        start = int(query["cursor"][0][1:]) + 1 if "cursor" in query else 0
        return Reply(200, variables(range(start, min(start + limit, total))))

    return answer


async def read(stage: Stage) -> dict[str, str]:
    return {key: value.reveal() for key, value in (await stage.writer.variables(SERVICE)).items()}


async def refusal(stage: Stage) -> str:
    with pytest.raises(RenderError) as caught:
        await stage.writer.variables(SERVICE)
    return caught.value.message


@pytest.mark.parametrize(
    ("total", "requests"), [(0, 1), (1, 1), (20, 1), (21, 1), (99, 1), (100, 2), (101, 2), (200, 3), (1000, 11)]
)
def test_every_variable_is_read_with_as_few_requests_as_render_needs(total: int, requests: int) -> None:
    async def act(stage: Stage) -> None:
        assert await read(stage) == {f"K{number}": f"v{number}" for number in range(total)}
        assert stage.connection.reads == {"variables": requests}
        assert all("limit=100" in line for line in stage.server.lines)

    perform(honest(total), act)


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([{"envVars": []}], "it is not a list"),
        ([None], "it is not a list"),
        ([["x"]], "[0] is not an object"),
        ([[{"cursor": "c"}]], "[0].envVar is missing"),
        ([[{"envVar": None, "cursor": "c"}]], "[0].envVar is not an object"),
        ([[*variables([0]), {"envVar": {"key": "K"}, "cursor": "c"}]], "[1].envVar.value is missing"),
        ([[{"envVar": {"key": "K", "value": None}, "cursor": "c"}]], "[0].envVar.value is not text"),
        ([[{"envVar": {"key": 7, "value": "x"}, "cursor": "c"}]], "[0].envVar.key is not text"),
        ([[{"envVar": {"key": "K", "value": 7}, "cursor": "c"}]], "[0].envVar.value is not text"),
        ([variables([1, 2, 1])], "a name of 2 characters twice, the second time as number 3"),
        ([variables(range(100)), variables([100, 99])], "a name of 3 characters twice, the second time as number 102"),
        ([variables(range(100))], "repeat"),
        ([variables(range(101))], "101 items"),
        ([[{**item, "cursor": None} for item in variables(range(100))]], "without a cursor"),
        ([[{**item, "cursor": ""} for item in variables(range(100))]], "without a cursor"),
        ([[{"envVar": item["envVar"]} for item in variables(range(100))]], "without a cursor"),
        ([[{**item, "cursor": 7} for item in variables(range(100))]], "[0].cursor is not text"),
        ([variables(range(100)), {"message": "oops"}], "it is not a list"),
        ([[{**item, "cursor": "c\n"} for item in variables(range(100))]], "[0].cursor is empty, too long, or holds"),
        ([[{**item, "cursor": "\u202e"} for item in variables(range(100))]], "[0].cursor is empty, too long, or holds"),
        ([[{**item, "cursor": "c" * 1001} for item in variables(range(100))]], "[0].cursor is empty, too long, or hol"),
    ],
)
def test_a_page_that_is_not_what_it_should_be_ends_the_reading(pages: list[object], said: str) -> None:
    assert said in perform([Reply(200, page) for page in pages], refusal)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>sign in</html>", {"content-type": "text/html"}),
        Reply(200, b"[]", {"content-type": "text/html"}),
        Reply(200, b"[]"),
        Reply(200, b"", {"content-type": "application/json"}),
        Reply(200, b'[{"envVar": {"key": "K", "value": "v"', {"content-type": "application/json"}),
        Reply(200, b"[" * 200_000, {"content-type": "application/json"}),
        Reply(200, b'[{"envVar": {"key": "K", "value": "\\ud800"}}]', {"content-type": "application/json"}),
        Reply(200, b'[{"envVar": {"key": "K", "value": "\xff"}}]', {"content-type": "application/json"}),
        Reply(204),
        Reply(201, []),
        Reply(206, []),
        Reply(302, [], {"location": "https://example.com/"}),
        Reply(404, {"message": "not found: srv-x"}),
        Reply(418, b"teapot"),
    ],
)
def test_an_answer_that_is_not_a_complete_list_is_an_error_and_is_not_asked_for_again(reply: Reply) -> None:
    async def act(stage: Stage) -> int:
        await refusal(stage)
        return len(stage.server.lines)

    assert perform([reply], act) == 1


def test_a_failed_second_page_ends_the_reading() -> None:
    perform([Reply(200, variables(range(100))), Reply(403, {"message": "forbidden"})], refusal)


def test_a_list_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.render_api.pages.PAGE_LIMIT", 10)

    def answer(received: Received) -> Reply:
        start = int(parse_qs(urlsplit(received.target).query).get("cursor", ["c-1"])[0][1:]) + 1
        return Reply(
            200, [{**item, "envVar": {"key": "K", "value": ""}} for item in variables(range(start, start + 100))]
        )

    assert "does not end" in perform(answer, refusal)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "a\0b", "%2e%2e", "%2F"])
def test_a_live_name_that_no_request_can_name_safely_is_refused_with_what_to_do(name: str) -> None:
    async def act(stage: Stage) -> None:
        for reading in (stage.writer.variables, stage.writer.secret_files):
            with pytest.raises(RenderError, match=SERVICE) as caught:
                await reading(SERVICE)
            assert "number 1 of the list" in caught.value.message
            if name:
                assert name not in caught.value.message.replace(SERVICE, "").rstrip(".")
            assert "rename or delete it" in (caught.value.remedy or "")

    item = {"envVar": {"key": name, "value": "x"}, "secretFile": {"name": name, "content": "x"}, "cursor": "c"}
    perform([Reply(200, [item])], act)


def test_unknown_fields_are_ignored() -> None:
    page = [{"envVar": {"key": "K", "value": "v", "new": {}}, "cursor": "c", "more": 1}]
    assert perform([Reply(200, page)], read) == {"K": "v"}


def service(**changes: object) -> dict[str, Any]:
    fields = {"id": "srv-a", "name": "api", "type": "web_service", "ownerId": "tea-a", "suspended": "not_suspended"}
    return {"service": {**fields, "serviceDetails": {"url": "https://x.example"}, **changes}, "cursor": "c"}


def test_services_are_asked_for_by_workspace_and_without_previews() -> None:
    async def act(stage: Stage) -> None:
        (found,) = await stage.writer.services("tea-a")
        assert (found.id, found.name, found.type, found.url) == ("srv-a", "api", "web_service", "https://x.example")
        assert not found.suspended
        (line,) = stage.server.lines
        assert "ownerId=tea-a" in line
        assert "includePreviews=false" in line

    perform([Reply(200, [service()])], act)


def test_a_type_that_render_introduced_later_is_no_reason_to_stop() -> None:
    async def act(stage: Stage) -> None:
        (found,) = await stage.writer.services("tea-a")
        assert (found.type, found.url, found.suspended) == ("other", None, True)

    perform([Reply(200, [service(type="quantum_worker", suspended="suspended", serviceDetails=None)])], act)


@pytest.mark.parametrize(
    "change",
    [
        {"ownerId": "tea-b"},
        {"ownerId": "tea-a\n"},
        {"id": ""},
        {"id": "srv-a\n"},
        {"id": "srv-\u202ea"},
        {"id": "srv a"},
        {"id": "s" * 101},
        {"id": "srv-\u0430"},
        {"name": None},
        {"name": ""},
    ],
)
def test_a_service_that_is_not_one_of_the_workspace_is_an_error(change: dict[str, object]) -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError):
            await stage.writer.services("tea-a")

    perform([Reply(200, [service(**change)])], act)


def test_a_service_listed_twice_is_an_error() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="twice"):
            await stage.writer.services("tea-a")

    perform([Reply(200, [service(), service()])], act)


def test_workspaces_are_read_by_id() -> None:
    async def act(stage: Stage) -> None:
        assert await stage.writer.workspaces() == {"tea-a": "Navigator"}

    perform([Reply(200, [{"owner": {"id": "tea-a", "name": "Navigator", "email": "x"}, "cursor": "c"}])], act)


@pytest.mark.parametrize("odd", ["\x1b[31m", "\n", "\u202e", "\u200b", "\u2066", "\x00", "\U000e0041"])
def test_a_name_that_does_not_print_is_shown_with_escapes_and_stops_nobody(odd: str) -> None:
    async def act(stage: Stage) -> None:
        first, second = await stage.writer.services("tea-a")
        assert first.name == "api"
        assert second.name.isprintable()
        assert second.name == f"x{odd.encode('unicode_escape').decode()}y"

    perform([Reply(200, [service(), service(id="srv-b", name=f"x{odd}y")])], act)


def test_a_workspaces_name_that_does_not_print_is_shown_with_escapes() -> None:
    async def act(stage: Stage) -> None:
        assert await stage.writer.workspaces() == {"tea-a": "Navi\\u202egator"}

    perform([Reply(200, [{"owner": {"id": "tea-a", "name": "Navi\u202egator"}, "cursor": "c"}])], act)


def deploy(**changes: object) -> dict[str, Any]:
    fields = {"id": "dep-a", "status": "live", "createdAt": "2026-01-01T00:00:00Z", "trigger": "api"}
    return {"deploy": {**fields, **changes}, "cursor": "c"}


@pytest.mark.parametrize(
    ("trigger", "shown"),
    [("api", "api"), ("new_commit", "new_commit"), (None, None), ("", "other"), ("\x1b[2J", "other"), ("x y", "other")],
)
def test_a_deploys_trigger_is_a_known_word_or_another(trigger: str | None, shown: str | None) -> None:
    async def act(stage: Stage) -> None:
        (found,) = await stage.writer.deploys(SERVICE)
        assert found.trigger == shown

    perform([Reply(200, [deploy(trigger=trigger)])], act)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"createdAt": "0001-01-01T00:00:00+10:00"}, "createdAt is not what it should be"),
        ({"finishedAt": "9999-12-31T23:59:59-10:00"}, "finishedAt is not what it should be"),
        ({"createdAt": "2026-01-01T00:00:00"}, "createdAt is not what it should be"),
        ({"id": "dep-\x1b[2J"}, "id is not an id"),
        ({"id": ""}, "id is not an id"),
    ],
)
def test_a_deploy_that_is_not_what_it_should_be_is_a_malformed_answer(change: dict[str, object], said: str) -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="cannot be used") as caught:
            await stage.writer.deploys(SERVICE)
        assert said in caught.value.message

    perform([Reply(200, [deploy(**change)])], act)


@pytest.mark.parametrize("change", [{"createdAt": "0001-01-01T00:00:00+10:00"}, {"id": "x\ny"}])
def test_an_instance_that_is_not_what_it_should_be_is_a_malformed_answer(change: dict[str, object]) -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="cannot be used"):
            await stage.writer.instances(SERVICE)

    perform([Reply(200, [{"id": "srv-a-x", "createdAt": "2026-01-01T00:00:00Z", **change}])], act)
