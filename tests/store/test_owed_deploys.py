from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.address import Owner
from reconciler.domain.journal import DeployRequest, DeployState, Reach
from reconciler.domain.outcome import DeployResult, StepStatus
from reconciler.domain.state import DeployMode
from reconciler.domain.value import Fingerprint
from tests.store.plans import API, KEY_ID, WORKER, fingerprint, intent, plan_of, reach_of, target_of, variable

if TYPE_CHECKING:
    from reconciler.store import Store

STAGING = Owner("staging", service="worker")
BUILD, REUSE = DeployMode.BUILD_AND_DEPLOY, DeployMode.DEPLOY_ONLY


@pytest.mark.parametrize("result", [DeployResult.LIVE, DeployResult.LIVE_BY_ANOTHER])
def test_a_live_deploy_after_the_writes_pays(store: Store, result: DeployResult) -> None:
    run_id = write(store)
    assert owed(store) == {str(WORKER): REUSE}
    deploy(store, run_id, result)
    assert owed(store) == {}


@pytest.mark.parametrize("result", sorted(set(DeployResult) - {DeployResult.LIVE, DeployResult.LIVE_BY_ANOTHER}))
def test_a_deploy_that_is_not_seen_live_pays_nothing(store: Store, result: DeployResult) -> None:
    deploy(store, write(store), result)
    assert owed(store) == {str(WORKER): REUSE}


def test_a_requested_deploy_pays_only_when_it_is_live(store: Store) -> None:
    run_id = write(store)
    store.journal.deploy_requested(run_id, WORKER, None)
    store.journal.deploy_requested(run_id, WORKER, "dep-1")
    assert owed(store) == {str(WORKER): REUSE}
    store.journal.deploy_settled(run_id, WORKER, DeployResult.LIVE)
    assert owed(store) == {}
    found = store.journal.run(run_id)
    assert found is not None
    assert found.deploys[0].deploy_id == "dep-1"


def test_a_deploy_that_was_never_recorded_as_requested_pays_nothing(store: Store) -> None:
    run_id = write(store)
    store.journal.deploy_settled(run_id, WORKER, DeployResult.LIVE)
    assert owed(store) == {str(WORKER): REUSE}


@pytest.mark.parametrize("status", [None, StepStatus.UNKNOWN, StepStatus.DONE])
def test_what_may_have_been_written_owes_a_deploy(store: Store, status: StepStatus | None) -> None:
    write(store, status=status)
    assert owed(store) == {str(WORKER): REUSE}


@pytest.mark.parametrize("status", [StepStatus.CONFLICT, StepStatus.FAILED, StepStatus.NOT_ATTEMPTED])
def test_what_was_not_written_owes_nothing(store: Store, status: StepStatus) -> None:
    write(store, status=status)
    assert owed(store) == {}


def test_a_later_runs_deploy_pays_for_earlier_runs_too(store: Store) -> None:
    first = write(store)
    deploy(store, first, DeployResult.FAILED)
    second = write(store, "SECOND")
    (one,) = store.journal.owed_deploys()
    assert (one.run_id, one.since < one.last_write_at or one.since == one.last_write_at) == (second, True)
    deploy(store, second, DeployResult.LIVE)
    assert owed(store) == {}


def test_an_earlier_runs_deploy_does_not_pay_for_later_writes(store: Store) -> None:
    deploy(store, write(store), DeployResult.LIVE)
    second = write(store, "SECOND")
    (one,) = store.journal.owed_deploys()
    assert one.run_id == second


def test_a_deploy_that_goes_live_after_another_runs_write_does_not_pay_for_it(store: Store) -> None:
    first = write(store)
    store.journal.deploy_requested(first, WORKER, "dep-1")
    second = write(store, "SECOND")
    store.journal.deploy_settled(first, WORKER, DeployResult.LIVE)
    (one,) = store.journal.owed_deploys()
    assert one.run_id == second


def test_services_owe_each_for_itself(store: Store) -> None:
    write(store, owner=API)
    deploy(store, write(store), DeployResult.LIVE)
    assert owed(store) == {str(API): REUSE}


def test_a_plan_that_only_deploys_pays_what_is_owed(store: Store) -> None:
    deploy(store, write(store), DeployResult.TIMED_OUT)
    run_id = store.journal.begin(plan_of(), "bob", ())
    store.journal.owe(run_id, reach_of(WORKER))
    deploy(store, run_id, DeployResult.FAILED)
    assert owed(store) == {str(WORKER): REUSE}
    again = store.journal.begin(plan_of(), "bob", ())
    store.journal.owe(again, reach_of(WORKER))
    deploy(store, again, DeployResult.LIVE)
    assert owed(store) == {}


def test_a_build_that_is_owed_is_not_paid_by_a_deploy_that_reuses_the_last_one(store: Store) -> None:
    deploy(store, write(store, mode=BUILD), DeployResult.FAILED)
    deploy(store, write(store, "SECOND", mode=REUSE), DeployResult.LIVE)
    assert owed(store) == {str(WORKER): BUILD}
    deploy(store, write(store, "THIRD", mode=BUILD), DeployResult.LIVE)
    assert owed(store) == {}


def test_of_several_owed_deploys_the_stronger_one_is_owed(store: Store) -> None:
    write(store, mode=BUILD)
    write(store, "SECOND", mode=REUSE)
    assert owed(store) == {str(WORKER): BUILD}


def test_a_service_under_two_names_owes_one_deploy_for_all_of_its_writes(store: Store) -> None:
    renamed = Owner("production", service="a-new-name")
    write(store, mode=BUILD)
    address = variable("SECOND", renamed)
    run_id = store.journal.begin(plan_of(address), "bob", ())
    reach = Reach(renamed, target_of(WORKER), REUSE, is_left_out=False)
    store.journal.settle(store.journal.intend(run_id, intent(address, reaches=(reach,))), StepStatus.DONE)
    (one,) = store.journal.owed_deploys()
    assert (one.owner, one.target_id, one.run_id, one.mode) == (renamed, target_of(WORKER), run_id, BUILD)


def test_writes_whose_deploy_was_left_out_wait_until_a_deploy_has_them(store: Store) -> None:
    write(store, is_left_out=True)
    (one,) = store.journal.owed_deploys()
    assert (one.mode, one.is_left_out) == (REUSE, True)
    deploy(store, write(store, "SECOND"), DeployResult.LIVE)
    assert owed(store) == {}


@pytest.mark.parametrize("first", [True, False])
def test_leaving_a_deploy_out_does_not_forgive_another_one(store: Store, first: bool) -> None:  # noqa: FBT001 — a parameter of the test
    write(store, is_left_out=first)
    write(store, "SECOND", is_left_out=not first)
    (one,) = store.journal.owed_deploys()
    assert not one.is_left_out


def test_within_a_run_a_deploy_is_left_out_only_if_each_write_leaves_it_out(store: Store) -> None:
    first, second = variable("FIRST"), variable("SECOND")
    run_id = store.journal.begin(plan_of(first, second), "bob", ())
    store.journal.intend(run_id, intent(first, reaches=(reach_of(WORKER, REUSE, is_left_out=True),)))
    store.journal.intend(run_id, intent(second, reaches=(reach_of(WORKER, BUILD),)))
    found = store.journal.run(run_id)
    assert found is not None
    assert [(one.mode, one.is_left_out) for one in found.deploys] == [(BUILD, False)]


def test_what_a_later_run_takes_over_is_not_left_to_somebody_else_any_more(store: Store) -> None:
    write(store, is_left_out=True)
    run_id = store.journal.begin(plan_of(), "bob", ())
    store.journal.owe(run_id, reach_of(WORKER))
    (one,) = store.journal.owed_deploys()
    assert not one.is_left_out
    deploy(store, run_id, DeployResult.LIVE)
    assert owed(store) == {}


def test_a_service_that_moved_to_another_id_on_render_still_owes_at_the_old_one(store: Store) -> None:
    write(store)
    moved = Reach(WORKER, "srv-other", REUSE)
    run_id = store.journal.begin(plan_of(variable("FIRST")), "bob", ())
    step = store.journal.intend(run_id, intent(variable("FIRST"), reaches=(moved,)))
    store.journal.settle(step, StepStatus.DONE)
    deploy(store, run_id, DeployResult.LIVE)
    assert [one.target_id for one in store.journal.owed_deploys()] == [target_of(WORKER)]


def test_a_group_owes_a_deploy_of_each_service_that_it_reaches(store: Store) -> None:
    run_id = write_group(store, WORKER, API, STAGING)
    assert owed(store) == {str(WORKER): REUSE, str(API): REUSE, str(STAGING): REUSE}
    found = store.journal.run(run_id)
    assert found is not None
    assert [deploy.owner for deploy in found.deploys] == [API, WORKER, STAGING]
    deploy(store, run_id, DeployResult.LIVE)
    deploy(store, run_id, DeployResult.FAILED, API)
    assert owed(store) == {str(API): REUSE, str(STAGING): REUSE}


def test_of_a_group_and_its_services_each_write_is_covered_for_itself(store: Store) -> None:
    deploy(store, write(store), DeployResult.LIVE)
    write_group(store, WORKER, API)
    deploy(store, write(store, owner=API), DeployResult.LIVE, API)
    assert owed(store) == {str(WORKER): REUSE}
    deploy(store, write(store, "SECOND"), DeployResult.LIVE)
    assert owed(store) == {}


def test_a_write_that_reaches_no_service_owes_nothing(store: Store) -> None:
    write_group(store)
    assert owed(store) == {}


def test_a_write_after_the_request_of_its_own_run_is_not_covered_by_it(store: Store) -> None:
    run_id = write(store)
    store.journal.deploy_requested(run_id, WORKER, None, newest_before="dep-0")
    late = store.journal.intend(run_id, intent(variable("SECOND"), reaches=(reach_of(WORKER, BUILD),)))
    store.journal.settle(late, StepStatus.DONE)
    store.journal.deploy_requested(run_id, WORKER, "dep-1")
    store.journal.deploy_settled(run_id, WORKER, DeployResult.LIVE)
    assert owed(store) == {str(WORKER): BUILD}


def test_asking_once_more_covers_nothing_until_that_one_is_live(store: Store) -> None:
    run_id = write(store)
    deploy(store, run_id, DeployResult.LIVE)
    late = store.journal.intend(run_id, intent(variable("SECOND")))
    store.journal.settle(late, StepStatus.DONE)
    store.journal.deploy_requested(run_id, WORKER, None, newest_before="dep-1")
    (one,) = store.journal.owed_deploys()
    assert one.request is not None
    assert (one.request.deploy_id, one.request.newest_before) == (None, "dep-1")
    store.journal.deploy_settled(run_id, WORKER, DeployResult.LIVE, "dep-2")
    assert owed(store) == {}


def test_of_an_owed_deploy_that_was_asked_for_the_request_is_known(store: Store) -> None:
    run_id = write(store)
    assert request(store) is None
    store.journal.deploy_requested(run_id, WORKER, None, newest_before="dep-0")
    asked = request(store)
    assert asked is not None
    assert (asked.deploy_id, asked.newest_before, asked.mode) == (None, "dep-0", REUSE)
    store.journal.deploy_requested(run_id, WORKER, "dep-1")
    assert request(store) == replace(asked, deploy_id="dep-1")
    found = store.journal.run(run_id)
    assert found is not None
    assert found.deploys[0].requested_at == asked.at


@pytest.mark.parametrize("result", [DeployResult.TIMED_OUT, DeployResult.UNKNOWN, DeployResult.PENDING])
def test_a_deploy_of_which_more_can_be_learnt_stays_known(store: Store, result: DeployResult) -> None:
    deploy(store, write(store), result)
    asked = request(store)
    assert asked is not None
    assert asked.deploy_id == "dep-1"


@pytest.mark.parametrize("result", [DeployResult.FAILED, DeployResult.CANCELED])
def test_of_a_deploy_that_failed_nothing_more_is_to_be_learnt(store: Store, result: DeployResult) -> None:
    deploy(store, write(store), result)
    assert owed(store) == {str(WORKER): REUSE}
    assert request(store) is None


def test_a_request_before_the_last_write_says_nothing_of_it(store: Store) -> None:
    deploy(store, write(store), DeployResult.TIMED_OUT)
    write(store, "SECOND")
    assert request(store) is None


def test_the_latest_request_counts(store: Store) -> None:
    deploy(store, write(store), DeployResult.TIMED_OUT)
    run_id = store.journal.begin(plan_of(), "bob", ())
    store.journal.owe(run_id, reach_of(WORKER))
    asked = request(store)
    assert asked is not None
    assert asked.deploy_id == "dep-1"
    deploy(store, run_id, DeployResult.FAILED)
    assert request(store) is None


def test_a_request_that_reuses_the_last_build_is_none_for_what_needs_another_one(store: Store) -> None:
    write(store, mode=BUILD)
    run_id = store.journal.begin(plan_of(), "bob", ())
    store.journal.owe(run_id, reach_of(WORKER, REUSE))
    deploy(store, run_id, DeployResult.LIVE)
    assert owed(store) == {str(WORKER): BUILD}
    assert request(store) is None


def test_of_a_deploy_that_was_left_out_it_is_known_which_ones_have_the_values(store: Store) -> None:
    run_id = write(store, is_left_out=True)
    store.journal.deploy_left_out(run_id, WORKER, newest_before="dep-7")
    (one,) = store.journal.owed_deploys()
    found = store.journal.run(run_id)
    assert found is not None
    (left,) = found.deploys
    assert (left.state, left.result, left.requested_at) == (DeployState.SETTLED, DeployResult.PENDING, None)
    assert one.is_left_out
    assert one.request == DeployRequest(None, "dep-7", REUSE, left.settled_at or one.since)
    # Somebody deployed, and the next run saw it.
    store.journal.deploy_settled(run_id, WORKER, DeployResult.LIVE_BY_ANOTHER, "dep-8")
    assert owed(store) == {}


def test_a_service_without_deploys_has_none_before_the_request(store: Store) -> None:
    run_id = write(store, is_left_out=True)
    store.journal.deploy_left_out(run_id, WORKER, newest_before=None)
    looked = request(store)
    assert looked is not None
    assert looked.newest_before is None


def write(
    store: Store,
    name: str = "FIRST",
    *,
    owner: Owner = WORKER,
    mode: DeployMode = REUSE,
    is_left_out: bool = False,
    status: StepStatus | None = StepStatus.DONE,
) -> int:
    """Apply a plan of one variable, up to its deploy."""
    address = variable(name, owner)
    run_id = store.journal.begin(plan_of(address), "bob", ())
    reaches = (reach_of(owner, mode, is_left_out=is_left_out),)
    step = store.journal.intend(run_id, intent(address, reaches=reaches))
    if status is not None:
        store.journal.settle(step, status)
    return run_id


def write_group(store: Store, *services: Owner) -> int:
    """Apply a plan of one variable of a group that these services use, up to their deploys."""
    address = variable("FIRST", Owner("production", group="shared"))
    run_id = store.journal.begin(plan_of(address), "bob", ())
    step = store.journal.intend(run_id, intent(address, reaches=tuple(map(reach_of, services))))
    store.journal.settle(step, StepStatus.DONE)
    return run_id


def deploy(store: Store, run_id: int, result: DeployResult, owner: Owner = WORKER) -> None:
    store.journal.deploy_requested(run_id, owner, "dep-1", newest_before="dep-0")
    store.journal.deploy_settled(run_id, owner, result)


def owed(store: Store) -> dict[str, DeployMode]:
    return {str(one.owner): one.mode for one in store.journal.owed_deploys()}


def request(store: Store) -> DeployRequest | None:
    (one,) = store.journal.owed_deploys()
    return one.request


def test_what_was_deployed_is_what_the_last_live_deploy_was_asked_for_with(store: Store) -> None:
    address, first, second = variable("FIRST"), fingerprint("one"), fingerprint("two")
    for value, result in ((first, DeployResult.LIVE), (second, DeployResult.FAILED)):
        run_id = write(store)
        store.journal.deploy_requested(run_id, WORKER, None, values={address: value})
        store.journal.deploy_settled(run_id, WORKER, result, "dep-1")

    assert store.journal.deployed(KEY_ID) == {target_of(WORKER): {address: first}}
    assert store.journal.deployed("plan-00000000") == {}


def test_a_live_deploy_of_which_nothing_was_noted_hides_what_an_earlier_one_had(store: Store) -> None:
    for values in ({variable("FIRST"): fingerprint("one")}, None):
        run_id = write(store)
        store.journal.deploy_requested(run_id, WORKER, None, values=values)
        store.journal.deploy_settled(run_id, WORKER, DeployResult.LIVE, "dep-1")

    assert store.journal.deployed(KEY_ID) == {}


def test_the_journal_takes_no_value_for_a_fingerprint(store: Store) -> None:
    run_id = write(store)
    with pytest.raises(ValueError, match="takes fingerprints"):
        store.journal.deploy_requested(run_id, WORKER, None, values={variable("FIRST"): Fingerprint("a value")})
