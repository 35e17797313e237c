from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.domain.outcome import DeployResult, StepStatus
from reconciler.domain.plan import PlannedDeploy
from reconciler.domain.state import DeployMode
from tests.store.plans import API, WORKER, intent, plan_of, target_of, variable

if TYPE_CHECKING:
    from reconciler.domain.address import Owner
    from reconciler.store import Store

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
    store.journal.intend_deploy(run_id, PlannedDeploy(WORKER, target_of(WORKER), REUSE))
    deploy(store, run_id, DeployResult.FAILED)
    assert owed(store) == {str(WORKER): REUSE}
    again = store.journal.begin(plan_of(), "bob", ())
    store.journal.intend_deploy(again, PlannedDeploy(WORKER, target_of(WORKER), REUSE))
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


def test_writes_whose_deploy_was_left_out_wait_without_owing_one(store: Store) -> None:
    write(store, mode=None)
    assert owed(store) == {str(WORKER): None}
    deploy(store, write(store, "SECOND"), DeployResult.LIVE)
    assert owed(store) == {}


def test_leaving_a_deploy_out_does_not_forgive_an_earlier_one(store: Store) -> None:
    write(store)
    write(store, "SECOND", mode=None)
    assert owed(store) == {str(WORKER): REUSE}


def test_a_service_that_moved_to_another_id_on_render_still_owes_at_the_old_one(store: Store) -> None:
    write(store)
    run_id = store.journal.begin(plan_of(variable("FIRST")), "bob", ())
    step = store.journal.intend(run_id, intent(variable("FIRST"), target_id="srv-other"))
    store.journal.settle(step, StepStatus.DONE)
    deploy(store, run_id, DeployResult.LIVE)
    assert [one.target_id for one in store.journal.owed_deploys()] == [target_of(WORKER)]


def write(
    store: Store,
    name: str = "FIRST",
    *,
    owner: Owner = WORKER,
    mode: DeployMode | None = REUSE,
    status: StepStatus | None = StepStatus.DONE,
) -> int:
    """Apply a plan of one variable, up to its deploy."""
    address = variable(name, owner)
    run_id = store.journal.begin(plan_of(address), "bob", ())
    step = store.journal.intend(run_id, intent(address, deploy=mode))
    if status is not None:
        store.journal.settle(step, status)
    return run_id


def deploy(store: Store, run_id: int, result: DeployResult) -> None:
    store.journal.deploy_requested(run_id, WORKER, "dep-1")
    store.journal.deploy_settled(run_id, WORKER, result)


def owed(store: Store) -> dict[str, DeployMode | None]:
    return {str(one.owner): one.mode for one in store.journal.owed_deploys()}
