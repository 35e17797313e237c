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


def endless(step: int) -> Callable[[Received], Reply]:
    def answer(received: Received) -> Reply:
        start = parse_qs(urlsplit(received.target).query)["startTime"][0]
        first = int(start) if start.isdigit() else 0
        lines = [line(number) for number in range(first, first + 100)]
        return page(lines, more=True, start=str(first + step), end="e")

    return answer


def test_pages_that_overlap_give_each_line_once_and_the_oldest_first() -> None:
    async def act(stage: Stage) -> None:
        assert await read(stage) == [f"line {number}" for number in range(150)]
        first, second = (parse_qs(urlsplit(each.target).query) for each in stage.server.received)
        common = {
            "ownerId": ["tea-a"],
            "resource": [SERVICE],
            "type": ["app"],
            "direction": ["forward"],
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
    ],
)
def test_a_page_that_is_not_what_it_should_be_ends_the_reading(reply: Reply, said: str) -> None:
    assert said in perform([reply], refused)


def test_more_lines_than_can_be_read_are_an_error_and_not_an_excerpt() -> None:
    async def act(stage: Stage) -> int:
        assert "more than 5000 lines" in await refused(stage)
        return len(stage.server.lines)

    assert perform(endless(100), act) == 50
