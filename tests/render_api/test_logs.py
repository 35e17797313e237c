"""Log lines: pages that overlap, each line once, oldest first, and none silently left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.errors import RenderError
from tests.render_api.lying_server import Received, Reply
from tests.render_api.stage import SERVICE, Stage, perform

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 1, 1, tzinfo=UTC)


def line(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON
    at = (START + timedelta(seconds=number)).isoformat()
    labels = [{"name": "resource", "value": SERVICE}, {"name": "instance", "value": f"{SERVICE}-x"}]
    return {"id": f"log-{number:05}", "message": f"line {number}", "timestamp": at, "labels": labels, **changes}


def page(lines: list[dict[str, Any]] | None, *, more: bool, start: str = "s", end: str = "e") -> Reply:
    return Reply(200, {"hasMore": more, "nextStartTime": start, "nextEndTime": end, "logs": lines})


async def read(stage: Stage) -> list[str]:
    return [line.message for line in await stage.writer.logs("tea-a", SERVICE, since=START)]


async def refused(stage: Stage) -> str:
    with pytest.raises(RenderError) as caught:
        await read(stage)
    return caught.value.message


def chatty(total: int) -> Callable[[Received], Reply]:
    """Answer as Render does: the newest lines up to the end that is asked for, that moment included."""

    def answer(received: Received) -> Reply:
        query = parse_qs(urlsplit(received.target).query)
        assert query["direction"] == ["backward"]
        assert query["startTime"] == ["2026-01-01T00:00:00Z"]
        end = int(query["endTime"][0]) if "endTime" in query else total - 1
        lines = [line(number) for number in range(end, max(end - 100, -1), -1)]
        return page(lines, more=end >= 100, start="2026-01-01T00:00:00Z", end=str(max(end - 99, 0)))

    return answer


def test_pages_that_overlap_give_each_line_once_and_the_oldest_first() -> None:
    async def act(stage: Stage) -> None:
        assert await read(stage) == [f"line {number}" for number in range(150)]
        first, second = (parse_qs(urlsplit(each.target).query) for each in stage.server.received)
        common = {
            "ownerId": ["tea-a"],
            "resource": [SERVICE],
            "type": ["app"],
            "direction": ["backward"],
            "limit": ["100"],
        }
        assert first == {**common, "startTime": ["2026-01-01T00:00:00Z"]}
        assert second == {**common, "startTime": ["2026-01-01T00:01:39.123456789Z"], "endTime": ["later+02:00"]}

    pages = [
        page([line(n) for n in range(100)], more=True, start="2026-01-01T00:01:39.123456789Z", end="later+02:00"),
        page([line(n) for n in range(149, 98, -1)], more=False),
    ]
    perform(pages, act)


def test_the_instance_is_known() -> None:
    async def act(stage: Stage) -> None:
        first, second = await stage.writer.logs("tea-a", SERVICE, since=START)
        assert (first.instance, second.instance) == (f"{SERVICE}-x", None)
        assert first.timestamp == START

    perform([page([line(0), line(1, labels=[])], more=False)], act)


def test_no_lines_are_no_lines() -> None:
    assert perform([page([], more=False)], read) == []
    assert perform([page(None, more=False)], read) == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (page([line(0)], more=True, start=""), "from when"),
        (page([line(0)], more=True, end=""), "from when"),
        (page([line(0)], more=True), "repeat"),
        (Reply(200, {"logs": []}), "hasMore is missing"),
        (Reply(200, {"logs": [], "hasMore": "no"}), "hasMore is neither"),
        (Reply(200, []), "not an object"),
        (page([line(0, id="")], more=False), "logs[0].id is empty"),
        (page([line(0, timestamp="yesterday")], more=False), "logs[0].timestamp is not what it should be"),
        (page([line(0, timestamp="2026-01-01T00:00:00")], more=False), "logs[0].timestamp is not what it should be"),
        (page([line(0, timestamp=7)], more=False), "logs[0].timestamp is not what it should be"),
        (page([line(0, timestamp="0001-01-01T00:00:00+10:00")], more=False), "logs[0].timestamp is not what it should"),
        (
            page([line(0, labels=[{"name": "instance", "value": "\x1b[2J"}])], more=False),
            "logs[0].labels[0] is not an id",
        ),
    ],
)
def test_a_page_that_is_not_what_it_should_be_ends_the_reading(reply: Reply, said: str) -> None:
    assert said in perform([reply], refused)


@pytest.mark.parametrize(("total", "requests"), [(99, 1), (100, 1), (101, 2), (1_000, 11), (4_951, 50)])
def test_every_line_is_read_while_there_are_not_too_many(total: int, requests: int) -> None:
    async def act(stage: Stage) -> None:
        assert await read(stage) == [f"line {number}" for number in range(total)]
        assert len(stage.server.lines) == requests

    perform(chatty(total), act)


def test_of_more_lines_than_can_be_read_the_newest_come_oldest_first() -> None:
    async def act(stage: Stage) -> None:
        # Pages overlap by the line at which they meet.
        assert await read(stage) == [f"line {number}" for number in range(12_345 - 4_951, 12_345)]
        assert len(stage.server.lines) == 50

    perform(chatty(12_345), act)
