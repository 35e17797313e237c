"""The step's summary: what is appended fits, and what is cut is said to be, where it can be seen."""

from __future__ import annotations

import pytest

from reconciler.errors import ConfigError, Location, Problem, UsageError
from reconciler.report.step_summary import LARGEST, failure_summary, fitted

ROOM = 1_000


@pytest.mark.parametrize(
    "line",
    [
        "ü" * 13,
        "| `a` | b |",
        "```\nblock\nof code\n```",
        "<details><summary>x</summary>\n\ntext\n\n</details>",
        "x" * 900,
    ],
)
@pytest.mark.parametrize("room", [ROOM, ROOM + 1, ROOM + 7, ROOM + 19])
def test_what_is_cut_is_said_to_be(line: str, room: int) -> None:
    added = fitted("\n".join([line] * ROOM), LARGEST - room)

    text = added.decode("utf-8")
    assert len(added) <= room
    assert text.endswith("**Cut here:** the rest does not fit into a step's summary; the log of this step has it.\n\n")
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("taken", [LARGEST - 3, LARGEST, LARGEST + 1_000])
def test_where_there_is_no_room_nothing_is_added(taken: int) -> None:
    assert fitted("some text", taken) == b""


def test_a_failure_is_told_as_text() -> None:
    place = Location("services.yaml", 3, 1)
    hostile = failure_summary(ConfigError([Problem("```\n# @team <img>", place), Problem("\x1b[2J")]))
    usage = failure_summary(UsageError("no", remedy="do that"))

    assert hostile.split("\n")[2:] == ["````", "services.yaml:3:1: ```", "# @team <img>", r"\x1b[2J", "````"]
    assert usage == "### reconcile failed\n\n```\nno\ndo that\n```"
