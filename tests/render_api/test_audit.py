"""A workspace's audit log is read as far as it can be, and never more is taken from it than it says."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.domain.address import Kind
from reconciler.domain.audit import ActorType, AuditTrail, EventKind
from reconciler.errors import RenderError
from tests.render_api.lying_server import Received, Reply
from tests.render_api.stage import SERVICE, Stage, perform

if TYPE_CHECKING:
    from collections.abc import Callable

WORKSPACE = "tea-0123456789abcdefghij"
CRON = "crn-0123456789abcdefghij"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)


def entry(number: int = 0, **changes: object) -> dict[str, Any]:
    """Return an entry that is so many minutes old."""
    about = {
        "id": f"aud-{number}",
        "timestamp": (NOW - timedelta(minutes=number)).isoformat(),
        "event": "UpdateEnvVarsEvent",
        "status": "success",
        "actor": {"type": "user", "email": "ann@example.com", "id": "usr-1"},
        "metadata": {"service": SERVICE, "field": "env_vars"},
    }
    return {"auditLog": {**about, **changes}, "cursor": f"c{number}"}


def log_of(total: int, most: int = 1000) -> Callable[[Received], Reply]:
    """Answer as the document says: newest first, at most `limit` entries after the cursor, and at most so many."""

    def answer(received: Received) -> Reply:
        query = parse_qs(urlsplit(received.target).query)
        start = int(query["cursor"][0][1:]) + 1 if "cursor" in query else 0
        end = min(start + min(int(query["limit"][0]), most), total)
        return Reply(200, [entry(number) for number in range(start, end)])

    return answer


async def read(stage: Stage) -> AuditTrail | None:
    return await stage.writer.audit_trail(WORKSPACE, since=SINCE)


async def trail(stage: Stage) -> AuditTrail:
    found = await read(stage)
    assert found is not None
    return found


@pytest.mark.parametrize(("total", "requests"), [(0, 1), (99, 1), (100, 2), (1000, 2), (2500, 4)])
def test_the_whole_log_is_read_newest_first(total: int, requests: int) -> None:
    async def act(stage: Stage) -> None:
        found = await trail(stage)
        assert [event.at for event in found.events] == [NOW - timedelta(minutes=number) for number in range(total)]
        assert found.since == SINCE
        assert stage.connection.reads == {"audit_logs": requests}
        assert all("limit=1000" in line and "startTime=2025-12-02" in line for line in stage.server.lines)

    perform(log_of(total), act)


def test_a_server_that_gives_fewer_entries_than_asked_for_hides_none() -> None:
    async def act(stage: Stage) -> None:
        assert len((await trail(stage)).events) == 250

    perform(log_of(250, most=100), act)


def test_of_a_log_without_end_only_the_newest_part_is_read_and_said_so() -> None:
    async def act(stage: Stage) -> None:
        found = await trail(stage)
        assert len(found.events) == 5000
        assert found.since == found.events[-1].at > SINCE
        assert stage.connection.reads == {"audit_logs": 5}

    perform(log_of(1_000_000), act)


def test_an_entry_is_understood() -> None:
    entries = [
        entry(1, event="CreateEnvVarsEvent", metadata={"service": "srv-a", "field": "secret_files"}),
        entry(2, event="DeleteEnvVarsEvent", metadata={"service": "srv-b"}, actor={"type": "system"}),
        entry(3, event="ApplyBlueprintEvent", metadata={"service": "srv-c", "more": "x"}, actor={"type": "robot"}),
    ]

    async def act(stage: Stage) -> None:
        created, deleted, applied = (await trail(stage)).events
        assert (created.kind, created.changed, created.actor) == (
            EventKind.CREATED, Kind.SECRET_FILE, "ann@example.com",
        )  # fmt: skip
        assert (deleted.kind, deleted.changed, deleted.actor) == (EventKind.DELETED, None, None)
        assert (applied.kind, applied.service_id) == (EventKind.BLUEPRINT_APPLIED, "srv-c")
        assert [event.actor_type for event in (created, deleted, applied)] == [
            ActorType.USER, ActorType.SYSTEM, ActorType.OTHER,
        ]  # fmt: skip

    perform([Reply(200, entries)], act)


@pytest.mark.parametrize(
    "passed_over",
    [
        entry(1, event="StartShellEvent", metadata={"service": SERVICE}),
        entry(1, event="QuantumEvent", metadata={"service": 7, "odd": [1]}),
        entry(1, status="error"),
        entry(1, metadata={"env_group": "evg-1"}),
        entry(60 * 24 * 31),
    ],
    ids=["not about variables", "introduced later", "failed", "about a group", "older than asked for"],
)
def test_what_is_not_about_a_services_variables_is_passed_over(passed_over: dict[str, Any]) -> None:
    async def act(stage: Stage) -> None:
        assert [event.at for event in (await trail(stage)).events] == [NOW]

    perform([Reply(200, [entry(0), passed_over])], act)


@pytest.mark.parametrize("status", [402, 403, 404, 406])
def test_a_log_that_cannot_be_read_is_not_an_empty_one(status: int) -> None:
    assert perform([Reply(status, {"message": "not on this plan"})], read) is None


@pytest.mark.parametrize(
    "page",
    [
        {"auditLogs": []},
        [{"cursor": "c"}],
        [entry(timestamp="yesterday")],
        [entry(event=None)],
        [entry(actor=None)],
        [entry(metadata="srv-a")],
        [entry(metadata={"service": 7})],
        [entry(metadata={"service": "../srv-a"})],
        [entry(number) for number in range(1001)],
        [{**entry(number), "cursor": None} for number in range(1000)],
        [entry(number) for number in range(1000)],
    ],
    ids=[
        "not a list", "no entry", "no time", "no event", "no actor", "no metadata", "no service", "no id",
        "too long", "no cursor", "the same page again",
    ],
)  # fmt: skip
def test_a_malformed_log_is_an_error(page: object) -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError, match="audit logs"):
            await read(stage)

    perform([Reply(200, page)], act)


def test_another_error_is_an_error() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(RenderError) as caught:
            await read(stage)
        assert caught.value.status == 410

    perform([Reply(410, {"message": "gone"})], act)


def test_who_is_named_by_no_email_is_not_named() -> None:
    value = secrets.token_urlsafe(24)
    names = [value, f"postgres://user:{value}@host", f"https://{value}@host", f"{value}@", "a@b\n@c", "x" * 400 + "@x"]
    entries = [entry(number, actor={"type": "user", "email": name}) for number, name in enumerate(names)]

    async def act(stage: Stage) -> None:
        assert {event.actor for event in (await trail(stage)).events} == {None}

    perform([Reply(200, entries)], act)


def test_what_does_not_show_in_a_name_is_written_as_its_escape() -> None:
    async def act(stage: Stage) -> None:
        (event,) = (await trail(stage)).events
        assert event.actor == "ann\\u202e@example.com"

    perform([Reply(200, [entry(actor={"type": "user", "email": "ann\u202e@example.com"})])], act)


@pytest.mark.parametrize(
    ("changes", "touched", "is_vague"),
    [
        ({}, {SERVICE}, False),
        ({"status": "error"}, {SERVICE}, False),
        ({"event": "QuantumEvent", "metadata": {"server": CRON}}, {CRON}, False),
        ({"event": "ViewEnvVarValuesEvent"}, set(), False),
        ({"event": "StartShellEvent"}, set(), False),
        ({"event": "LoginEvent", "metadata": {}}, set(), False),
        ({"metadata": {"env_group": "evg-0123456789abcdefghij"}}, set(), False),
        ({"metadata": {"field": "env_vars"}}, set(), True),
        ({"event": "ApplyBlueprintEvent", "metadata": {"blueprint": "exs-0123456789abcdefghij"}}, set(), True),
        ({"metadata": {"service": "my-service"}}, set(), True),
    ],
    ids=[
        "changed", "perhaps changed", "introduced later", "looked at", "shell", "login", "group", "of nobody",
        "of a blueprint", "of a name",
    ],
)  # fmt: skip
def test_what_an_entry_may_have_changed_is_told_and_whether_that_can_be_told(
    changes: dict[str, Any], touched: set[str], *, is_vague: bool
) -> None:
    async def act(stage: Stage) -> None:
        found = await trail(stage)
        assert found.touched == touched
        assert found.is_vague is is_vague

    perform([Reply(200, [entry(0, **changes)])], act)


@pytest.mark.parametrize(
    ("reply", "reaches"),
    [
        (Reply(200, [entry(60 * 24 * 31)]), True),
        (Reply(200, [entry(0)]), False),
        (Reply(200, []), False),
        (Reply(402, {"message": "not on this plan"}), False),
    ],
    ids=["older", "only newer, whatever was asked", "empty", "unreadable"],
)
def test_a_log_reaches_back_where_it_has_an_older_entry(reply: Reply, *, reaches: bool) -> None:
    async def act(stage: Stage) -> None:
        assert await stage.writer.audit_log_reaches(WORKSPACE, SINCE) is reaches
        (line,) = stage.server.lines
        assert "limit=1&" in line
        assert "endTime=2025-12-02" in line

    perform([reply], act)
