"""Which side changed since the last apply, and who is named for it: only where it is certain."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.audit import ActorType, AuditTrail, EventKind, VariableEvent
from reconciler.domain.change import Action, Reason, ResourceChange
from reconciler.domain.journal import Applied
from reconciler.domain.provenance import ChangeOrigin, Explanation, Provenance
from reconciler.domain.value import KnownAfterApply, Secret, Shown, Side
from reconciler.planning.fingerprint import plan_key
from reconciler.planning.provenance import last_change, origin_of, provenances_of
from reconciler.report.provenance import Telling

KEY = plan_key(Secret(secrets.token_urlsafe(32)))
WORKER = Owner("staging", service="worker")
ALPHA, BETA = (Address(WORKER, Kind.ENV_VAR, name) for name in ("ALPHA", "BETA"))
TARGET = "srv-0123456789abcdefghij"
NOW = datetime(2026, 1, 31, tzinfo=UTC)
APPLIED = NOW - timedelta(days=10)


def change(before: str | None, after: Side | None, source: str = "literal") -> ResourceChange:
    side = None if before is None else KEY.hidden(Secret(before))
    return ResourceChange(ALPHA, TARGET, Action.UPDATE, Reason.DIFFERENT, side, after, source)


def applied(value: str | None, address: Address = ALPHA, at: datetime = APPLIED, target: str = TARGET) -> Applied:
    fingerprint = None if value is None else KEY.fingerprint(Secret(value))
    return Applied(address, target, KEY.key_id, fingerprint, 1, at)


def event(
    days: float, actor: str | None = "ann@example.com", kind: ActorType = ActorType.USER, field: Kind | None = None
) -> VariableEvent:
    return VariableEvent(EventKind.UPDATED, TARGET, NOW - timedelta(days=days), kind, actor, field)


def explained(*events: VariableEvent, own: tuple[Applied, ...] = (), since: datetime | None = None) -> Provenance:
    """Explain a value that was changed on Render since it was applied."""
    newest_first = tuple(sorted(events, key=lambda one: one.at, reverse=True))
    trail = AuditTrail(newest_first, since or NOW - timedelta(days=90))
    records = {one.address: one for one in (applied("one"), *own)}
    differing = change("theirs", Shown("one"))
    return provenances_of([differing], {ALPHA: ChangeOrigin.RENDER}, records, {TARGET: trail})[ALPHA]


@pytest.mark.parametrize(
    ("before", "after", "last", "origin"),
    [
        ("one", Shown("two"), "one", ChangeOrigin.DESIRED),
        ("theirs", Shown("one"), "one", ChangeOrigin.RENDER),
        ("theirs", Shown("two"), "one", ChangeOrigin.BOTH),
        (None, Shown("one"), "one", ChangeOrigin.RENDER),
        (None, Shown("two"), "one", ChangeOrigin.BOTH),
        (None, Shown("two"), None, ChangeOrigin.DESIRED),
        ("one", None, "one", ChangeOrigin.DESIRED),
        ("theirs", None, None, ChangeOrigin.RENDER),
        (None, KnownAfterApply(), "one", ChangeOrigin.RENDER),
        (None, KnownAfterApply(), None, ChangeOrigin.DESIRED),
        ("one", Shown("one"), "one", None),
    ],
)
def test_the_side_that_is_no_longer_as_applied_has_changed(
    before: str | None, after: Side | None, last: str | None, origin: ChangeOrigin | None
) -> None:
    assert origin_of(change(before, after), applied(last), KEY) is origin


def test_nothing_is_said_where_no_apply_tells() -> None:
    differing = change("theirs", Shown("one"))
    other_key = plan_key(Secret(secrets.token_urlsafe(32)))
    assert origin_of(differing, None, KEY) is None
    assert origin_of(differing, applied("one", target="srv-another"), KEY) is None
    assert origin_of(differing, applied("one"), other_key) is None
    assert provenances_of([differing], {ALPHA: None}, {}, {}) == {}


def test_the_only_one_who_changed_the_service_since_is_named() -> None:
    assert explained(event(2)) == Provenance(ChangeOrigin.RENDER, event(2))
    assert explained(event(2), event(3)) == Provenance(ChangeOrigin.RENDER, event(2), is_at_latest=True)
    assert explained(event(2), event(20, "bob@example.com")).event == event(2), "what was before the apply is gone"


@pytest.mark.parametrize(
    "events",
    [
        (),
        (event(2), event(3, "bob@example.com")),
        (event(2), event(3, kind=ActorType.REST_API)),
        (event(2, None),),
        (event(2, field=Kind.SECRET_FILE),),
        (event(11),),
    ],
    ids=["nobody", "two people", "by two ways", "without a name", "a secret file", "before the apply"],
)
def test_nobody_is_named_where_it_might_have_been_another(events: tuple[VariableEvent, ...]) -> None:
    assert explained(*events) == Provenance(ChangeOrigin.RENDER)


def test_nobody_is_named_by_a_log_that_does_not_reach_back_to_the_apply() -> None:
    assert explained(event(2), since=APPLIED + timedelta(days=1)).event is None


def test_our_own_writes_do_not_count() -> None:
    ours = applied("two", BETA, APPLIED + timedelta(seconds=3))
    own_events = (event(10, "ci@example.com", ActorType.REST_API), event(10, "ci@example.com", ActorType.REST_API))

    assert explained(event(2), *own_events, own=(ours,)).event == event(2)
    assert explained(event(2), *own_events).event is None, "two requests, and only one write of ours"


def test_the_last_change_is_of_the_service_itself() -> None:
    other = VariableEvent(EventKind.UPDATED, "srv-other", NOW, ActorType.USER, "bob@example.com")
    blueprint = VariableEvent(EventKind.BLUEPRINT_APPLIED, TARGET, NOW, ActorType.USER, "bob@example.com")
    trail = AuditTrail((other, blueprint, event(2), event(3)), APPLIED)

    assert last_change(TARGET, trail) == event(2)
    assert last_change("srv-nobody", trail) is None
    assert last_change(TARGET, None) is None


@pytest.mark.parametrize(
    ("provenance", "source", "words"),
    [
        (Provenance(ChangeOrigin.RENDER), "literal", "changed on Render"),
        (Provenance(ChangeOrigin.RENDER, event(2)), "literal", "changed on Render by ann@example.com, 2 days ago"),
        (
            Provenance(ChangeOrigin.RENDER, event(0.5), is_at_latest=True),
            "literal",
            "changed on Render by ann@example.com, 12 hours ago or earlier",
        ),
        (
            Provenance(ChangeOrigin.BOTH, event(1, "ci@example.com", ActorType.REST_API)),
            "literal",
            "changed on Render by ci@example.com through the API, 1 day ago, and changed in services.yaml",
        ),
        (Provenance(ChangeOrigin.DESIRED), "literal", "changed in services.yaml"),
        (Provenance(ChangeOrigin.DESIRED), "env://KEY", "changed in services.yaml or its secret store"),
        (
            Provenance(ChangeOrigin.RENDER, event(-1)),
            "literal",
            "changed on Render by ann@example.com, less than a minute ago",
        ),
    ],
)
def test_what_is_known_is_said_in_words(provenance: Provenance, source: str, words: str) -> None:
    telling = Telling(Explanation({ALPHA: provenance}), NOW)
    assert telling.beside(change("theirs", Shown("one"), source)) == words


def test_a_value_that_is_gone_was_deleted_and_markdown_has_times_of_day() -> None:
    explanation = Explanation({ALPHA: Provenance(ChangeOrigin.RENDER, event(2))}, {WORKER: event(2)})
    telling = Telling(explanation)

    gone = telling.beside(change(None, Shown("one")))
    assert gone == "deleted on Render by ann@example.com, at 2026-01-29 00:00 UTC"
    assert telling.below(WORKER).startswith("last change of this service's variables or secret files: ann@example.com")
