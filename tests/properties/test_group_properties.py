"""Properties of groups, links and taken values: whoever takes from whom, an apply ends, and the next plan is empty."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import httpx
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.test_plan_properties import keys, live_states, plan, put_service, real, texts

if TYPE_CHECKING:
    from reconciler.sandbox import RunningSandbox

SERVICES = ("one", "two", "three")
Taken = tuple[int, int]
"""A service, and how far back its variable takes its value from; 0 for one that is made or given."""


def put_group(sandbox: RunningSandbox, variables: dict[str, str], linked: list[str]) -> str:
    name = f"common-{uuid.uuid4().hex}"
    ids = [sandbox.workspace.service_named(service).id for service in linked]
    pairs = [{"key": key, "value": value} for key, value in variables.items()]
    body = {"name": name, "ownerId": sandbox.owner_id, "envVars": pairs, "serviceIds": ids}
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    httpx.post(f"{sandbox.url}/env-groups", json=body, headers=headers).raise_for_status()
    return name


def contract(targets: list[str], group: str, links: list[bool], chain: list[Taken], declared: dict[str, str]) -> str:
    """The text of a services.yaml whose variable V1 may take the value of V0, V2 of V1 or V0, and so on."""
    variables: list[dict[str, object]] = [{} for _ in SERVICES]
    for number, (service, back) in enumerate(chain):
        source = max(number - back, 0)
        other = {"from": {"service": SERVICES[chain[source][0]], "variable": f"V{source}"}}
        first = {"generate": {"bytes": 8}} if number % 2 else {"value": f"value-{number}"}
        variables[service][f"V{number}"] = other if back and number else first
    services = {
        name: {"render": target, "variables": own, "env_groups": ["common"] if linked else []}
        for name, target, own, linked in zip(SERVICES, targets, variables, links, strict=True)
    }
    groups = {"common": {"render": group, "variables": {key: {"value": text} for key, text in declared.items()}}}
    environments = {"staging": {"workspace": "tea-d1example0example0ex"}}
    return yaml.safe_dump({"version": 1, "environments": environments, "services": services, "env_groups": groups})


@real
@given(
    live=live_states,
    declared=st.dictionaries(keys, texts, max_size=4),
    links=st.lists(st.booleans(), min_size=3, max_size=3),
    linked=st.lists(st.booleans(), min_size=3, max_size=3),
    chain=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=9),
)
def test_applying_ends_and_makes_the_next_plan_empty_and_no_link_is_lost(
    sandbox: RunningSandbox,
    live: dict[str, str],
    declared: dict[str, str],
    links: list[bool],
    linked: list[bool],
    chain: list[Taken],
) -> None:
    targets = [put_service(sandbox, {}) for _ in SERVICES]
    group = put_group(sandbox, live, [name for name, is_linked in zip(targets, linked, strict=True) if is_linked])
    text = contract(targets, group, links, chain, declared)

    _, result = plan(sandbox, text, apply=True)
    again, _ = plan(sandbox, text)

    assert result is not None
    assert result.succeeded
    assert again.plan.pending == ()
    (on_render,) = sandbox.workspace.groups.named(group)
    ids = [sandbox.workspace.service_named(name).id for name in targets]
    wanted = {one for one, was, will in zip(ids, linked, links, strict=True) if was or will}
    assert set(on_render.service_ids) == wanted
    assert sandbox.workspace.holding(on_render.id).values() == {**live, **declared}
