"""Properties of planning: applying a plan makes the next one empty, and the order of input never changes the digest."""

from __future__ import annotations

import asyncio
import string
import uuid
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.cli.clock import SystemClock
from reconciler.cli.progress import Silence
from reconciler.config import load_text
from reconciler.domain.plan import OnFailure, Permissions
from reconciler.domain.value import Secret
from reconciler.health import HttpProbe
from reconciler.planning.build import Origin
from reconciler.planning.fingerprint import plan_key
from reconciler.planning.plan_file import dump_plan, load_plan
from reconciler.planning.scope import scope_of
from reconciler.render_api import RenderConnection, RenderReader, RenderWriter
from reconciler.store import open_store
from reconciler.workflows.apply import carry_out
from reconciler.workflows.plan import PlanRequest, make_plan
from reconciler.workflows.record import Recording
from reconciler.workflows.settle import Settling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.outcome import ApplyResult
    from reconciler.planning.steps import Prepared
    from reconciler.sandbox import RunningSandbox

KEY = plan_key(Secret("a key of these tests that is long enough"))

keys = st.text(string.ascii_uppercase + "_", min_size=1, max_size=6).filter(lambda key: not key.startswith("RENDER"))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
live_states = st.dictionaries(keys, texts, max_size=8)
entries = st.one_of(texts.map(lambda text: {"value": text}), st.just({"absent": True}))
contracts = st.dictionaries(keys, entries, min_size=1, max_size=8)


class NoStores:
    async def resolve(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Secret]:
        assert not references
        return {}


def contract(variables: Mapping[str, Mapping[str, object]], *, prune: bool, service: str = "worker") -> str:
    """The text of a services.yaml with one service."""
    document = {
        "version": 1,
        "environments": {"staging": {"workspace": "tea-d1example0example0ex"}},
        "services": {"worker": {"render": service, "prune": prune, "variables": variables}},
    }
    return yaml.safe_dump(document)


def plan(sandbox: RunningSandbox, text: str, *, apply: bool = False) -> tuple[Prepared, ApplyResult | None]:
    """Make a plan over real HTTP, and carry it out if asked to."""
    desired = load_text(text, "services.yaml")
    origin = Origin(f"plan-{uuid.uuid4().hex[:16]}", datetime(2026, 1, 1, tzinfo=UTC), "developer@example.com")
    request = PlanRequest(desired, scope_of(desired, (), ()), origin, Permissions(allow_deletes=100))
    clock = SystemClock()

    async def run() -> tuple[Prepared, ApplyResult | None]:
        stop = asyncio.Event()
        async with RenderConnection(sandbox.url, Secret(sandbox.api_key), clock=clock) as connection:
            readers = {"staging": RenderReader(connection)}
            prepared = await make_plan(request, readers, NoStores(), KEY, Silence())
            if not apply:
                return prepared, None
            with TemporaryDirectory() as folder, open_store(folder=Path(folder)) as store:
                lease = store.locks.acquire(["tea-d1example0example0ex/staging"], "x", lease_seconds=60)
                recording = Recording.begin(
                    store.journal, lease, KEY, None, prepared.plan, applied_by="x", approved_by=()
                )
                settling = Settling(
                    recording=recording,
                    on_failure=OnFailure.STOP,
                    clock=clock,
                    probe=HttpProbe(),
                    progress=Silence(),
                    stop=stop,
                    poll_seconds=0.01,
                )
                writers = {"staging": RenderWriter(connection)}
                result = await carry_out(prepared, writers, settling, clock, applied_by="x", approved_by=(), stop=stop)
                return prepared, result

    return asyncio.run(run())


def put_service(sandbox: RunningSandbox, live: Mapping[str, str]) -> str:
    name = f"worker-{uuid.uuid4().hex}"
    pairs = [{"key": key, "value": value} for key, value in live.items()]
    body = {"type": "background_worker", "name": name, "ownerId": sandbox.owner_id, "envVars": pairs}
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    httpx.post(f"{sandbox.url}/services", json=body, headers=headers).raise_for_status()
    sandbox.workspace.clock.advance(5)
    return name


real = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@real
@given(live=live_states, declared=contracts, prune=st.booleans())
def test_applying_a_plan_makes_the_next_one_empty_and_leaves_the_rest_alone(
    sandbox: RunningSandbox,
    live: dict[str, str],
    declared: dict[str, dict[str, object]],
    prune: bool,  # noqa: FBT001 — hypothesis passes it by name
) -> None:
    name = put_service(sandbox, live)
    text = contract(declared, prune=prune, service=name)

    _, result = plan(sandbox, text, apply=True)
    again, _ = plan(sandbox, text)

    assert result is not None
    assert result.succeeded
    assert again.plan.pending == ()
    held = sandbox.workspace.values(sandbox.workspace.service_named(name).id)
    wanted = {key: entry["value"] for key, entry in declared.items() if "value" in entry}
    undeclared = {} if prune else {key: value for key, value in live.items() if key not in declared}
    assert held == {**undeclared, **wanted}


@real
@given(live=live_states, declared=contracts, data=st.data())
def test_the_order_of_input_never_changes_the_digest(
    sandbox: RunningSandbox, live: dict[str, str], declared: dict[str, dict[str, object]], data: st.DataObject
) -> None:
    name = put_service(sandbox, live)
    shuffled = dict(data.draw(st.permutations(list(declared.items()))))

    one, _ = plan(sandbox, contract(declared, prune=False, service=name))
    other, _ = plan(sandbox, contract(shuffled, prune=False, service=name))

    assert one.plan.digest == other.plan.digest


@real
@given(live=live_states, declared=contracts)
def test_a_plan_read_back_from_its_file_is_the_same_plan(
    sandbox: RunningSandbox, live: dict[str, str], declared: dict[str, dict[str, object]]
) -> None:
    name = put_service(sandbox, live)
    made, _ = plan(sandbox, contract(declared, prune=True, service=name))

    assert load_plan(dump_plan(made.plan), "p.json") == made.plan


@real
@given(live=live_states, declared=contracts)
def test_any_change_of_a_declared_value_changes_the_digest(
    sandbox: RunningSandbox, live: dict[str, str], declared: dict[str, dict[str, object]]
) -> None:
    name = put_service(sandbox, live)
    key = min(declared)
    changed: dict[str, dict[str, object]] = {
        **declared,
        key: {"value": "certainly something else, over forty characters long"},
    }

    one, _ = plan(sandbox, contract(declared, prune=False, service=name))
    other, _ = plan(sandbox, contract(changed, prune=False, service=name))

    assert one.plan.digest != other.plan.digest
