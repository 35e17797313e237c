from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import MetaData, NullPool, create_engine, select

from reconciler.domain.address import Owner
from reconciler.domain.journal import DeployState, RunResult
from reconciler.domain.outcome import DeployResult, StepStatus
from reconciler.domain.plan import PlanKind
from reconciler.domain.state import DeployMode
from reconciler.domain.value import Sealed
from reconciler.errors import PlanAlreadyAppliedError, StoreError
from reconciler.store import Store, open_store
from tests.store.conftest import go, kill, line_of
from tests.store.plans import API, KEY_ID, WORKER, fingerprint, intent, plan_of, reach_of, target_of, variable

if TYPE_CHECKING:
    from tests.store.conftest import Spawn

FIRST, SECOND, THIRD = variable("FIRST"), variable("SECOND"), variable("THIRD")


def test_a_run_is_remembered_whole(store: Store) -> None:
    journal = store.journal
    plan = plan_of(FIRST, SECOND, variable("OTHER", API))
    run_id = journal.begin(plan, "bob@example.com", ("carol@example.com", "dave@example.com"))
    step = journal.intend(run_id, intent(FIRST))
    journal.settle(step, StepStatus.DONE, "the answer was lost; it was read back equal")
    failed = journal.intend(run_id, intent(SECOND, None))
    journal.settle(failed, StepStatus.FAILED, "422")
    journal.deploy_requested(run_id, WORKER, None, newest_before="dep-0")
    journal.deploy_requested(run_id, WORKER, "dep-1")
    journal.deploy_settled(run_id, WORKER, DeployResult.LIVE, "dep-2", "superseded")
    journal.finish(run_id, RunResult.INCOMPLETE)

    found = journal.run(run_id)
    assert found is not None
    run = found.run
    assert (run.plan_id, run.digest, run.key_id, run.environments) == (
        plan.plan_id,
        plan.digest,
        KEY_ID,
        ("production",),
    )
    assert (run.applied_by, run.approved_by) == ("bob@example.com", ("carol@example.com", "dave@example.com"))
    assert (run.result, run.is_unfinished) == (RunResult.INCOMPLETE, False)
    assert run.finished_at is not None
    assert run.started_at <= run.finished_at
    assert [(one.sequence, one.address, one.status, one.detail) for one in found.steps] == [
        (1, FIRST, StepStatus.DONE, "the answer was lost; it was read back equal"),
        (2, SECOND, StepStatus.FAILED, "422"),
    ]
    assert [(one.before, one.after) for one in found.steps] == [
        (fingerprint("old"), fingerprint("new")),
        (fingerprint("old"), None),
    ]
    assert [one.address for one in found.unattempted] == [variable("OTHER", API)]
    (deploy,) = found.deploys
    assert (deploy.owner, deploy.target_id, deploy.mode) == (WORKER, target_of(WORKER), DeployMode.DEPLOY_ONLY)
    assert (deploy.state, deploy.newest_before, deploy.deploy_id, deploy.result, deploy.detail) == (
        DeployState.SETTLED,
        "dep-0",
        "dep-2",
        DeployResult.LIVE,
        "superseded",
    )
    assert deploy.requested_at is not None
    assert deploy.settled_at is not None
    assert deploy.owed_at <= deploy.requested_at <= deploy.settled_at


def test_runs_come_newest_first_and_no_more_than_asked_for(store: Store) -> None:
    ids = [store.journal.begin(plan_of(FIRST), "bob", ()) for _ in range(3)]
    assert [run.id for run in store.journal.runs(2)] == [ids[2], ids[1]]
    assert store.journal.run(ids[2] + 1) is None


def test_killed_between_intent_and_outcome_the_journal_says_what_is_done_open_and_owed(
    store: Store, spawn: Spawn
) -> None:
    killed = spawn("be_killed", "plan-killed")
    run_id = int(line_of(killed))
    kill(killed)

    found = store.journal.run(run_id)
    assert found is not None
    assert (found.run.is_unfinished, found.run.result, found.run.applied_by) == (True, None, "bob@example.com")
    assert [(step.address, step.status) for step in found.steps] == [(FIRST, StepStatus.DONE), (SECOND, None)]
    assert [write.address for write in found.unattempted] == [THIRD]
    assert [deploy.state for deploy in found.deploys] == [DeployState.OWED]
    (owed,) = store.journal.owed_deploys()
    assert (owed.owner, owed.mode, owed.run_id) == (WORKER, DeployMode.DEPLOY_ONLY, run_id)
    assert owed.since == found.steps[0].settled_at
    assert owed.last_write_at > found.steps[1].intended_at, "it may have been sent long after that"
    assert list(store.journal.all_applied(KEY_ID)) == [FIRST]
    consumed = store.journal.consumed("plan-killed")
    assert consumed is not None
    assert (consumed.run_id, consumed.applied_by) == (run_id, "bob@example.com")
    # Its lock goes by itself.
    store.locks.acquire(["plan-killed"], "carol", lease_seconds=60, wait_seconds=30)


def test_a_plan_is_applied_once_and_the_refusal_says_when_and_by_whom(store: Store) -> None:
    journal = store.journal
    plan = plan_of(FIRST, SECOND)
    first = journal.begin(plan, "bob@example.com", ())
    assert journal.consumed(plan.plan_id) is None, "a run that wrote nothing consumes nothing"
    second = journal.begin(plan, "carol@example.com", ())
    journal.intend(first, intent(FIRST))
    journal.intend(first, intent(SECOND))
    consumed = journal.consumed(plan.plan_id)
    assert consumed is not None
    with pytest.raises(PlanAlreadyAppliedError) as caught:
        journal.intend(second, intent(FIRST))
    assert f"{plan.plan_id} was applied already: by bob@example.com on" in caught.value.message
    assert f"{consumed.consumed_at:%Y-%m-%d %H:%M:%S} UTC" in caught.value.message
    assert caught.value.exit_code == 3
    with pytest.raises(PlanAlreadyAppliedError):
        journal.owe(second, reach_of(API))
    refused = journal.run(second)
    assert refused is not None
    assert (refused.steps, refused.deploys) == ((), ())


def test_a_content_that_was_applied_is_found_under_any_id_and_only_since_a_moment(store: Store) -> None:
    journal = store.journal
    plan = plan_of(FIRST)
    before = journal.consumed_content(plan.digest, datetime.min.replace(tzinfo=UTC))
    runs = [journal.begin(replace(plan, plan_id=name), "bob@example.com", ()) for name in ("plan-one", "plan-two")]
    for run_id in runs:
        journal.intend(run_id, intent(FIRST))
    newest = journal.consumed("plan-two")
    assert newest is not None

    assert before is None
    assert journal.consumed_content(plan.digest, newest.consumed_at) == newest
    assert journal.consumed_content(plan.digest, newest.consumed_at + timedelta(milliseconds=1)) is None
    assert journal.consumed_content("f" * 64, datetime.min.replace(tzinfo=UTC)) is None


def test_of_processes_that_race_to_apply_a_plan_exactly_one_may(store: Store, spawn: Spawn) -> None:
    racers = [spawn("consume", "plan-raced") for _ in range(4)]
    assert [line_of(racer) for racer in racers] == ["ready"] * 4
    for racer in racers:
        go(racer)
    assert sorted(line_of(racer) for racer in racers) == ["mine", "refused", "refused", "refused"]
    steps = [len(found.steps) for run in store.journal.runs() if (found := store.journal.run(run.id))]
    assert sorted(steps) == [0, 0, 0, 1]


def test_a_plan_with_nothing_but_a_deploy_is_consumed_too(store: Store) -> None:
    plan = plan_of()
    run_id = store.journal.begin(plan, "bob", ())
    store.journal.owe(run_id, reach_of(WORKER))
    assert store.journal.consumed(plan.plan_id) is not None
    found = store.journal.run(run_id)
    assert found is not None
    assert [(deploy.owner, deploy.state) for deploy in found.deploys] == [(WORKER, DeployState.OWED)]


@pytest.mark.parametrize("first", [StepStatus.UNKNOWN, StepStatus.DONE])
def test_reading_once_more_has_the_last_word_on_how_a_write_ended(store: Store, first: StepStatus) -> None:
    journal = store.journal
    step = journal.intend(journal.begin(plan_of(FIRST), "bob", ()), intent(FIRST))
    journal.settle(step, first)
    journal.settle(step, StepStatus.FAILED)
    assert journal.all_applied(KEY_ID) == {}
    assert journal.owed_deploys() == ()


def test_the_journal_refuses_what_it_knows_nothing_of(store: Store) -> None:
    journal = store.journal
    run_id = journal.begin(plan_of(FIRST), "bob", ())
    with pytest.raises(StoreError, match="no run 4711"):
        journal.intend(4711, intent(FIRST))
    with pytest.raises(StoreError, match="no such owed deploy"):
        journal.deploy_requested(run_id, WORKER, None)
    with pytest.raises(StoreError, match="no such owed deploy"):
        journal.deploy_settled(run_id, WORKER, DeployResult.LIVE)
    with pytest.raises(StoreError, match="no such owed deploy"):
        journal.deploy_left_out(run_id, WORKER, newest_before=None)
    journal.finish(run_id, RunResult.REFUSED)
    with pytest.raises(StoreError, match="no such unfinished run"):
        journal.finish(run_id, RunResult.SUCCEEDED)


def test_what_was_last_applied_is_known_by_address_and_key(store: Store) -> None:
    journal = store.journal
    apply(store, "one")
    found = journal.all_applied(KEY_ID)
    assert list(found) == [FIRST]
    one = found[FIRST]
    assert (one.address, one.target_id, one.fingerprint, one.run_id) == (
        FIRST,
        target_of(WORKER),
        fingerprint("one"),
        1,
    )
    apply(store, "two", key_id="plan-other")
    # Under the first key it is not known any more: what stands there now was set under another one.
    assert journal.all_applied(KEY_ID) == {}
    assert journal.all_applied("plan-other")[FIRST].fingerprint == fingerprint("two")
    apply(store, None)
    assert journal.all_applied(KEY_ID)[FIRST].fingerprint is None
    assert journal.all_applied("plan-other") == {}


@pytest.mark.parametrize("status", [None, StepStatus.UNKNOWN])
def test_after_a_write_whose_end_is_not_known_nobody_says_what_was_last_applied(
    store: Store, status: StepStatus | None
) -> None:
    apply(store, "one")
    step = store.journal.intend(store.journal.begin(plan_of(FIRST), "bob", ()), intent(FIRST, "two"))
    if status is not None:
        store.journal.settle(step, status)
    assert store.journal.all_applied(KEY_ID) == {}
    store.journal.settle(step, StepStatus.FAILED)
    assert store.journal.all_applied(KEY_ID)[FIRST].fingerprint == fingerprint("one")


def test_what_was_there_is_kept_as_it_was_sealed_for_a_rollback_and_nobody_can_read_it_here(
    url: str, store: Store
) -> None:
    sentinel, key = "s3nt1nel-value-that-nobody-may-find", Fernet(Fernet.generate_key())
    sealed = Sealed(key.encrypt(sentinel.encode()).decode())
    run_id = store.journal.begin(replace(plan_of(FIRST, SECOND), kind=PlanKind.ROLLBACK, run=7), "bob", ())
    store.journal.intend(run_id, replace(intent(FIRST), previous=sealed, is_kept=True))
    store.journal.intend(run_id, intent(SECOND))
    found = store.journal.run(run_id)
    assert found is not None
    assert found.run.kind is PlanKind.ROLLBACK
    assert found.run.undoes == 7
    assert [(step.previous, step.is_kept) for step in found.steps] == [(sealed, True), (None, False)]
    assert key.decrypt(found.steps[0].previous or "").decode() == sentinel
    assert sealed in everything_in(url)
    assert sentinel not in everything_in(url)


def test_no_value_is_ever_stored(url: str, store: Store) -> None:
    sentinel = "s3nt1nel-value-that-nobody-may-find"
    journal = store.journal
    run_id = journal.begin(plan_of(FIRST, SECOND, shown=sentinel), "bob", ("carol",))
    journal.settle(journal.intend(run_id, intent(FIRST)), StepStatus.DONE, "as planned")
    for wrong in (sentinel, "A" * 32, "", fingerprint("x") + "0"):
        mistaken = intent(SECOND)
        object.__setattr__(mistaken, "after", wrong)
        with pytest.raises(ValueError, match="takes fingerprints") as caught:
            journal.intend(run_id, mistaken)
        assert sentinel not in str(caught.value)
    journal.finish(run_id, RunResult.SUCCEEDED)
    assert fingerprint("new") in everything_in(url)
    assert sentinel not in everything_in(url)


def test_words_that_no_database_could_keep_are_kept_in_another_form(store: Store) -> None:
    run_id = store.journal.begin(plan_of(FIRST), "b\0b", ("c\udc80",))
    store.journal.settle(store.journal.intend(run_id, intent(FIRST)), StepStatus.FAILED, "\0 ü 😀 \udfff")
    found = store.journal.run(run_id)
    assert found is not None
    assert (found.run.applied_by, found.run.approved_by) == ("b\\x00b", ("c\\udc80",))
    assert found.steps[0].detail == "\\x00 ü 😀 \\udfff"


def test_services_that_are_written_beside_each_other_share_a_run(store: Store) -> None:
    services = [Owner("production", service=f"s{number}") for number in range(12)]
    run_id = store.journal.begin(plan_of(), "bob", ())

    def write(owner: Owner) -> None:
        for name in ("A", "B", "C"):
            step = store.journal.intend(run_id, intent(variable(name, owner)))
            store.journal.settle(step, StepStatus.DONE)
        store.journal.deploy_requested(run_id, owner, None, newest_before=None)
        store.journal.deploy_settled(run_id, owner, DeployResult.LIVE)

    with ThreadPoolExecutor(len(services)) as pool:
        list(pool.map(write, services))
    found = store.journal.run(run_id)
    assert found is not None
    assert [step.sequence for step in found.steps] == list(range(1, 37))
    assert len(found.deploys) == 12
    assert store.journal.owed_deploys() == ()


def test_a_plan_of_a_thousand_writes_is_remembered_in_its_order(store: Store) -> None:
    addresses = [variable(f"V{number}") for number in range(1000)]
    found = store.journal.run(store.journal.begin(plan_of(*addresses), "bob", ()))
    assert found is not None
    assert [write.address for write in found.unattempted] == addresses


def test_what_was_told_is_there_for_the_next_process(url: str) -> None:
    with open_store(url) as store:
        run_id = store.journal.begin(plan_of(FIRST), "bob", ())
    with open_store(url) as again:
        assert [run.id for run in again.journal.runs()] == [run_id]


def apply(store: Store, value: str | None, *, key_id: str = KEY_ID) -> None:
    run_id = store.journal.begin(plan_of(FIRST, key_id=key_id), "bob", ())
    store.journal.settle(store.journal.intend(run_id, intent(FIRST, value)), StepStatus.DONE)


def everything_in(url: str) -> str:
    """Return every row of every table as text; of SQLite, also the files' very bytes."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [str(connection.execute(select(table)).all()) for table in tables.sorted_tables]
    assert len(rows) == 8
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        rows += [file.read_bytes().decode("latin-1") for file in folder.iterdir()]
    return "\n".join(rows)
