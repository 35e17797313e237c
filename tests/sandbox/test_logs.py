"""Log lines are paged by times, in both directions, and computed for any time asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox


@pytest.fixture
def query(service_id: str, sandbox: RunningSandbox) -> dict[str, str]:
    """Ask for an hour of lines of a program that works every two seconds."""
    sandbox.workspace.clock.advance(1000)
    return {"ownerId": sandbox.owner_id, "resource": service_id, "limit": "100", "type": "app"}


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_pages_together_hold_every_line_once(client: httpx.Client, query: dict[str, str], direction: str) -> None:
    found: dict[str, Any] = {}
    while True:
        page = client.get("/logs", params=query | {"direction": direction}).json()
        found |= {line["id"]: line for line in page["logs"]}
        if not page["hasMore"]:
            break
        query |= {"startTime": page["nextStartTime"], "endTime": page["nextEndTime"]}
    times = [line["timestamp"] for line in found.values()]
    assert times == sorted(times, reverse=direction == "backward")
    rounds = [line["message"] for line in found.values() if "round" in line["message"]]
    assert len(rounds) == len(set(rounds)) > 500


def test_the_newest_line_comes_first_unless_asked_otherwise(client: httpx.Client, query: dict[str, str]) -> None:
    assert "round" in client.get("/logs", params=query).json()["logs"][0]["message"]
    oldest = client.get("/logs", params=query | {"direction": "forward"}).json()["logs"][0]
    assert oldest["message"] == "worker: started with 0 variables"
    labels = {label["name"]: label["value"] for label in oldest["labels"]}
    assert labels["resource"] == query["resource"]
    assert labels["instance"].startswith(query["resource"])
    assert (labels["type"], labels["level"]) == ("app", "info")


@pytest.mark.parametrize(("text", "count"), [("ready", 1), ("/^rea.y$/", 1), ("re*y", 1), ("absent", 0)])
def test_text_is_filtered_as_it_stands_by_wildcard_or_by_expression(
    client: httpx.Client, query: dict[str, str], text: str, count: int
) -> None:
    assert len(client.get("/logs", params=query | {"text": text}).json()["logs"]) == count


def test_builds_have_lines_of_their_own_type(client: httpx.Client, query: dict[str, str]) -> None:
    messages = [line["message"] for line in client.get("/logs", params=query | {"type": "build"}).json()["logs"]]
    assert messages[0] == "==> Your service is live"


@pytest.mark.parametrize("missing", ["ownerId", "resource"])
def test_owner_and_resource_are_required(client: httpx.Client, query: dict[str, str], missing: str) -> None:
    del query[missing]
    assert client.get("/logs", params=query).status_code == 400


def test_resources_are_repeated_and_each_must_exist(client: httpx.Client, query: dict[str, str]) -> None:
    unknown = {**query, "resource": [query["resource"], "srv-00000000000000000000"]}
    assert client.get("/logs", params=unknown).status_code == 404
    known = {**query, "resource": [query["resource"], query["resource"]]}
    assert client.get("/logs", params=known).status_code == 200


def test_a_span_before_the_start_is_empty(client: httpx.Client, query: dict[str, str]) -> None:
    span = {"startTime": "2020-01-01T00:00:00Z", "endTime": "2020-01-02T00:00:00Z"}
    page = client.get("/logs", params=query | span).json()
    assert page["logs"] == []
    assert page["hasMore"] is False
    assert client.get("/logs", params=query | {"startTime": "yesterday"}).status_code == 400
