"""Events of a service: what is used of them is checked, what anybody wrote into them is not kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.domain.event import EventType, FailureReason
from reconciler.errors import RenderError
from tests.render_api.lying_server import Reply
from tests.render_api.stage import SERVICE, Stage, perform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.event import ServiceEvent

START = datetime(2026, 1, 1, tzinfo=UTC)


def item(kind: str, details: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON
    event = {"id": f"evt-{kind}", "timestamp": "2026-01-01T00:00:01Z", "serviceId": SERVICE, "type": kind}
    return {"cursor": "c", "event": event | {"details": details} | changes}


def read(*items: dict[str, Any]) -> Sequence[ServiceEvent]:
    async def act(stage: Stage) -> Sequence[ServiceEvent]:
        found = await stage.writer.events(SERVICE, since=START)
        assert stage.server.lines == [f"GET /v1/services/{SERVICE}/events?limit=100&startTime=2026-01-01T00%3A00%3A00Z"]
        return found

    return perform([Reply(200, list(items))], act)


@pytest.mark.parametrize(
    ("details", "reason", "status"),
    [
        ({"reason": {"evicted": False, "nonZeroExit": 1}}, FailureReason.EXITED, 1),
        ({"reason": {"evicted": False, "oomKilled": {"memoryLimit": "512Mi"}}}, FailureReason.OUT_OF_MEMORY, None),
        ({"reason": {"evicted": True}}, FailureReason.EVICTED, None),
        ({"reason": {"evicted": False, "unhealthy": "a text of anybody's"}}, FailureReason.UNHEALTHY, None),
        ({"reason": {"evicted": False, "timedOutSeconds": 900}}, FailureReason.TIMED_OUT, None),
        ({"reason": {"failure": {"evicted": False, "earlyExit": True}}}, FailureReason.EXITED, None),
        ({}, None, None),
    ],
)
def test_why_an_instance_failed(details: dict[str, Any], reason: FailureReason | None, status: int | None) -> None:
    (event,) = read(item("server_failed", details))
    assert (event.type, event.reason, event.exit_status) == (EventType.SERVER_FAILED, reason, status)
    assert "anybody" not in repr(event)


def test_how_a_deploy_ended() -> None:
    ended = item("deploy_ended", {"deployId": "dep-a", "deployStatus": "failed", "status": 3, "reason": {}})
    (event,) = read(ended)
    assert (event.type, event.deploy_id, event.status) == (EventType.DEPLOY_ENDED, "dep-a", "failed")


def test_how_a_run_of_a_cron_job_ended() -> None:
    (event,) = read(item("cron_job_run_ended", {"cronJobRunId": "run-a", "status": "unsuccessful"}))
    assert (event.type, event.status) == (EventType.CRON_JOB_RUN_ENDED, "failed")


def test_an_event_of_a_type_that_is_not_known_may_hold_anything() -> None:
    (event,) = read(item("tea_was_served", {"reason": "lemon", "deployId": 7}))
    assert (event.type, event.deploy_id) == (EventType.OTHER, None)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (item("server_failed", {"reason": "oops"}), "the details of an event are not what they should be"),
        (item("deploy_ended", {"deployId": "../x"}), "the details of an event are not what they should be"),
        (item("server_failed", {}, serviceId="srv-other"), "about another service"),
        (item("server_failed", {}, timestamp="yesterday"), "timestamp is not what it should be"),
        (item("server_failed", {}, id="\x1b[2J"), "is not an id"),
    ],
)
def test_events_that_are_not_what_they_should_be_end_the_reading(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(RenderError) as caught:
        read(wrong)
    assert said in caught.value.message
    assert "oops" not in caught.value.message
