"""Who changed it: named where Render tells it, and nothing said, nor anything lost, where it does not."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from reconciler.cli.clock import SystemClock
from reconciler.config import load
from reconciler.domain.address import Address
from reconciler.domain.journal import Applied
from reconciler.domain.provenance import ChangeOrigin, Explanation
from reconciler.domain.value import Secret
from reconciler.errors import StoreError
from reconciler.planning.build import Origin
from reconciler.planning.fingerprint import FingerprintKey, plan_key
from reconciler.planning.scope import scope_of
from reconciler.render_api import RenderConnection, RenderReader
from reconciler.secrets import SecretStores
from reconciler.workflows.explain import Differences, explain
from reconciler.workflows.plan import PlanRequest, make_plan
from tests.render_api.stage import Said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.ports import JournalReader
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: worker, variables: {ALPHA: one, BETA: two, GAMMA: three}}
      other: {render: other, variables: {LOG_LEVEL: info}}
"""
DESIRED = {"ALPHA": "one", "BETA": "two", "GAMMA": "three"}
AUDIT_LOG = "/v1/owners/tea-d1example0example0ex/audit-logs"


@pytest.fixture
def worker(project: Project) -> str:
    project.write("services.yaml", CONTRACT)
    project.service("other", {"LOG_LEVEL": "info"})
    return project.service("worker", DESIRED)


def edit(project: Project, key: str, value: str | None, email: str = "ann@example.com") -> None:
    body = {"service": "worker", "key": key, "email": email}
    project.control("POST", "/edits", body if value is None else {**body, "value": value})


def looks(project: Project) -> int:
    """How often the audit log was asked for."""
    return sum(seen["path"] == AUDIT_LOG for seen in project.requests())


@pytest.mark.usefixtures("worker")
def test_plan_and_drift_name_who_last_changed_a_service_that_differs(project: Project) -> None:
    edit(project, "ALPHA", "by-hand")
    project.forget_requests()

    plan = project.reconcile("plan", "-o", "p.json")
    asked = looks(project)
    drift = project.reconcile("drift")
    markdown = project.reconcile("drift", "--format", "markdown")
    document = json.loads(project.reconcile("drift", "--format", "json").out)

    words = "last change of this service's variables: ann@example.com, less than a minute ago"
    assert words in " ".join(plan.out.split())
    assert asked == 1, "one listing for the workspace"
    assert words in " ".join(drift.out.split())
    assert "`last change of this service's variables: ann@" in markdown.out
    (last,) = document["last_changes"]
    assert (last["address"], last["by"], last["actor_type"]) == ("staging/worker", "ann@example.com", "user")
    assert document["drifted"][0]["provenance"] is None
    assert "ann@example.com" not in (project.folder / "p.json").read_text(), "it is no part of what is approved"


@pytest.mark.usefixtures("worker")
def test_nobody_is_asked_where_nothing_differs(project: Project) -> None:
    project.forget_requests()

    assert project.reconcile("plan").out.startswith("No changes.")
    assert project.reconcile("drift", "--ignore", "A*").code == 0
    edit(project, "ALPHA", "by-hand")
    assert "1 difference ignored" in project.reconcile("drift", "--ignore", "A*").out
    assert looks(project) == 0


@pytest.mark.parametrize(
    "trouble",
    [{"status": 402}, {"status": 403}, {"status": 406}, {"status": 400}, {"lie": [{"auditLog": 7}]}, {"lie": "<html>"}],
    ids=["no plan for it", "no right", "not acceptable", "refused", "malformed", "no JSON"],
)
@pytest.mark.usefixtures("worker")
def test_where_the_log_cannot_be_read_the_plan_is_the_same_and_says_nothing(
    project: Project, trouble: dict[str, Any]
) -> None:
    edit(project, "ALPHA", "by-hand")
    project.control("POST", "/faults", {"path": "*/audit-logs", **trouble})

    run = project.reconcile("plan", "--detailed-exitcode")

    assert run.code == 2, run.err
    assert "~ ALPHA" in run.out
    assert "last change" not in run.out
    assert "ann@example.com" not in run.out + run.err


@pytest.mark.usefixtures("worker")
def test_a_name_that_could_act_on_a_terminal_is_shown_as_its_escape(project: Project) -> None:
    edit(project, "ALPHA", "by-hand", email="ann\u202e\u001b[31m@example.com")

    run = project.reconcile("plan")

    assert "ann\\u202e\\x1b[31m@example.com" in run.out


def test_what_was_applied_and_then_changed_by_hand_says_so_beside_the_variable(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.service("worker", {**DESIRED, "ALPHA": "old"})
    applied = project.reconcile("apply", "--auto-approve", "-s", "worker")
    project.sandbox.workspace.clock.advance(120)
    edit(project, "ALPHA", "by-hand")

    plan = project.reconcile("plan", "-s", "worker")
    drift = json.loads(project.reconcile("drift", "-s", "worker", "--format", "json").out)

    assert applied.code == 0, applied.out + applied.err
    assert "changed on Render by ann@example.com, less than a minute ago" in " ".join(plan.out.split())
    assert "last change" not in plan.out
    provenance = drift["drifted"][0]["provenance"]
    assert (provenance["origin"], provenance["by"], provenance["at_latest"]) == ("render", "ann@example.com", False)


@dataclass
class Remembers:
    """A journal of which only what was last applied is asked."""

    applied: Mapping[Address, Applied] | None

    def all_applied(self, _key_id: str) -> Mapping[Address, Applied]:
        if self.applied is None:
            raise StoreError("the journal cannot be read")
        return self.applied


def explained(project: Project, key: FingerprintKey, applied: Mapping[Address, Applied] | None) -> Explanation:
    """Plan against the sandbox and explain the differences with a journal."""
    desired = load(project.folder / "services.yaml")
    scope = scope_of(desired, [], [])
    now = datetime.now(UTC)

    async def run() -> Explanation:
        clock, said = SystemClock(), Said()
        async with RenderConnection(project.sandbox.url, Secret(project.sandbox.api_key), clock=clock) as connection:
            readers = {"staging": RenderReader(connection)}
            request = PlanRequest(desired, scope, Origin("plan-0", now, "ann@example.com"))
            resolver = SecretStores(project.folder, os.environ, own_keys=[])
            prepared = await make_plan(request, readers, resolver, key, said)
            differences = Differences(prepared.services, prepared.plan.pending, prepared.plan.checks)
            return await explain(differences, readers, key, cast("JournalReader", Remembers(applied)), now)

    return asyncio.run(run())


def test_with_a_journal_each_difference_says_which_side_changed_and_by_whom(project: Project, worker: str) -> None:
    key = plan_key(Secret("k" * 40))
    at = project.sandbox.workspace.now()

    def record(name: str, value: str) -> tuple[Address, Applied]:
        address = Address.parse(f"staging/worker/{name}")
        return address, Applied(address, worker, key.key_id, key.fingerprint(Secret(value)), 1, at)

    records = dict([record("ALPHA", "one"), record("BETA", "two before"), record("GAMMA", "three")])
    project.api("PUT", f"/services/{worker}/env-vars/BETA", {"value": "two before"})
    project.sandbox.workspace.clock.advance(timedelta(hours=1).total_seconds())
    edit(project, "ALPHA", "by-hand")
    edit(project, "GAMMA", None)

    found = explained(project, key, records)
    blind = explained(project, key, None)

    by_key = {address.key: provenance for address, provenance in found.provenances.items()}
    assert {name: one.origin for name, one in by_key.items()} == {
        "ALPHA": ChangeOrigin.RENDER, "BETA": ChangeOrigin.DESIRED, "GAMMA": ChangeOrigin.RENDER,
    }  # fmt: skip
    for name in ("ALPHA", "GAMMA"):
        event = by_key[name].event
        assert event is not None
        assert event.actor == "ann@example.com", "the write through the API was our own"
    assert found.last_changes == {}, "each difference names somebody"
    assert blind.provenances == {}
    assert [event.actor for event in blind.last_changes.values()] == ["ann@example.com"]


def test_what_changed_in_the_file_only_is_nobodys_doing_on_render(project: Project, worker: str) -> None:
    key = plan_key(Secret("k" * 40))
    address = Address.parse("staging/worker/ALPHA")
    at = project.sandbox.workspace.now()
    project.write("services.yaml", CONTRACT.replace("ALPHA: one", "ALPHA: another"))
    project.forget_requests()

    found = explained(
        project, key, {address: Applied(address, worker, key.key_id, key.fingerprint(Secret("one")), 1, at)}
    )

    assert found.provenances[address].origin is ChangeOrigin.DESIRED
    assert looks(project) == 0
