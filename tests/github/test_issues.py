"""The issue about drift: one, ours, up to date, closed when all is well."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import GitHubError
from reconciler.github.issues import DriftIssue, Fate, tell_drift
from tests.github.stand_in import GitHub, github
from tests.github.test_client import connected

if TYPE_CHECKING:
    from collections.abc import Iterator

DRIFT = DriftIssue("services.yaml", (), "Render is not as services.yaml says", "ALPHA differs")
CREATE = ("POST", r"/issues$")


@pytest.fixture
def stand_in() -> Iterator[GitHub]:
    with github() as state:
        yield state


def tell(stand_in: GitHub, drift: DriftIssue = DRIFT, *, is_there: bool = True) -> tuple[Fate, str | None]:
    return connected(stand_in, lambda connection: tell_drift(connection, drift, is_there=is_there))


def opened(stand_in: GitHub) -> list[str]:
    return [each["body"] for each in stand_in.issues if each["state"] == "open"]


def test_it_is_opened_once_updated_in_place_and_closed_when_all_is_well(stand_in: GitHub) -> None:
    later, well = (dataclasses.replace(DRIFT, text=text) for text in ("BETA differs", "No drift."))
    fates = [tell(stand_in)[0], tell(stand_in, later)[0]]

    assert fates == [Fate.OPENED, Fate.UPDATED]
    assert opened(stand_in) == [f"{DRIFT.marker}BETA differs"]

    closed, address = tell(stand_in, well, is_there=False)
    assert (closed, address) == (Fate.CLOSED, stand_in.issues[0]["html_url"])
    assert (stand_in.issues[0]["state"], stand_in.issues[0]["state_reason"]) == ("closed", "completed")
    assert stand_in.issues[0]["body"] == f"{DRIFT.marker}No drift."
    assert tell(stand_in, well, is_there=False) == (Fate.NONE, None)
    assert tell(stand_in)[0] is Fate.OPENED


def test_neither_a_marker_of_somebody_else_nor_another_scope_is_touched(stand_in: GitHub) -> None:
    elsewhere = dataclasses.replace(DRIFT, scope=("-e", "staging"))
    foreign = [
        stand_in.add_issue("forged", f"{DRIFT.marker}all is well", "mallory"),
        stand_in.add_issue("another scope", f"{elsewhere.marker}x"),
        stand_in.add_issue("quoted", f"> {DRIFT.marker}x"),
    ]
    before = [dict(each) for each in foreign]

    assert tell(stand_in, is_there=False) == (Fate.NONE, None)
    assert tell(stand_in)[0] is Fate.OPENED
    assert foreign == before


@pytest.mark.parametrize("is_dropped", [True, False])
def test_a_lost_answer_leaves_one_issue(stand_in: GitHub, *, is_dropped: bool) -> None:
    stand_in.trouble(*CREATE, status=502, is_carried_out=True, is_dropped=is_dropped)

    assert tell(stand_in)[0] is Fate.OPENED
    assert len(opened(stand_in)) == 1


def test_doubles_are_closed(stand_in: GitHub) -> None:
    for _ in range(3):
        stand_in.add_issue("t", f"{DRIFT.marker}old")

    tell(stand_in)
    assert opened(stand_in) == [DRIFT.marker + DRIFT.text]


def test_a_missing_permission_is_named(stand_in: GitHub) -> None:
    stand_in.trouble(*CREATE, status=403, body={"message": "Resource not accessible by integration"})

    with pytest.raises(GitHubError) as raised:
        tell(stand_in)
    assert "issues: write" in str(raised.value.remedy)
