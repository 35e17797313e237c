"""What vouches for a service later, and for which it can be told at all."""

from __future__ import annotations

from dataclasses import replace

import jwt
import pytest

from reconciler.config import load_text
from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.plan import PlanKind
from reconciler.domain.state import DesiredState, EnvironmentKind, ServiceSummary, ServiceType
from reconciler.domain.value import Secret
from reconciler.planning.fingerprint import plan_key
from reconciler.planning.matching import desired_fingerprint, givers, is_told_by_log, matches_of
from reconciler.planning.steps import Prepared, ServiceSteps
from tests.store.plans import plan_of

KEY = plan_key(Secret("k" * 40))
API, WORKER = Owner("staging", service="api"), Owner("staging", service="worker")


def desired(worker: str, shared: str = "{}") -> DesiredState:
    text = f"""\
version: 1
environments: {{staging: {{}}}}
variables: {shared}
services:
  api: {{render: api, variables: {{LEVEL: info, KEY: {{external: true}}}}}}
  worker: {{render: worker, {worker}}}
"""
    return load_text(text, "services.yaml")


@pytest.mark.parametrize(
    ("worker", "is_told"),
    [
        ("variables: {A: x, B: {external: true}, C: {absent: true}, D: {generate: {bytes: 32}}}", True),
        ("variables: {A: {secret: 'env://A'}}", True),
        ("variables: {A: {from: {postgres: db, property: host}}}", False),
        ("variables: {A: {from: {key_value: kv, property: port}}}", False),
        ("variables: {A: {from: {service: api, property: host}}}", False),
        ("variables: {A: {from: {service: api, variable: LEVEL}}}", False),
        ("variables: {S: }", False),
        ("variables: {A: x}, secret_files: {f: {value: x}}", False),
        ("variables: {A: x}, prune: true", False),
    ],
)
def test_only_what_the_log_would_tell_of_can_be_left_unread(worker: str, is_told: bool) -> None:  # noqa: FBT001 — a table
    state = desired(worker, "{S: {generate: {bytes: 32}, shared: true}}")
    assert is_told_by_log(state.services[WORKER]) is is_told
    assert givers(state) == ({API} if "variable: LEVEL" in worker else set())


def test_every_change_of_what_is_desired_changes_the_fingerprint() -> None:
    address = Address(WORKER, Kind.ENV_VAR, "A")
    staging, production = {"staging": EnvironmentKind.STAGING}, {"staging": EnvironmentKind.PRODUCTION}

    def of(worker: str, value: str, kinds: dict[str, EnvironmentKind] = staging) -> str:
        return desired_fingerprint(desired(worker).services[WORKER], kinds, {address: Secret(value)}, KEY)

    same = of("variables: {A: {secret: 'env://A'}, B: one}", "secret")
    assert of("variables: {B: one, A: {secret: 'env://A', description: said}}", "secret") == same
    others = {
        of("variables: {A: {secret: 'env://A'}, B: one}", "another"),
        of("variables: {A: {secret: 'env://A'}, B: two}", "secret"),
        of("variables: {A: {secret: 'env://A2'}, B: one}", "secret"),
        of("variables: {A: {secret: 'env://A'}}", "secret"),
        of("variables: {A: {secret: 'env://A'}, B: one}, prune: true", "secret"),
        # What a value is judged by: localhost is right in development, and wrong elsewhere.
        of("variables: {A: {secret: 'env://A'}, B: one}", "secret", production),
    }
    assert len(others | {same}) == 7


@pytest.mark.parametrize(
    ("claims", "codes", "vouched"),
    [({}, [], True), ({"exp": 4102444800}, [], False), ({}, ["RC164"], False), ({}, ["RC999"], True)],
)
def test_a_value_that_only_render_has_is_vouched_for_while_nothing_but_a_change_makes_it_wrong(
    claims: dict[str, int],
    codes: list[str],
    vouched: bool,  # noqa: FBT001 — a table
) -> None:
    state = desired("variables: {A: x}")
    summary = ServiceSummary("srv-api", "api", ServiceType.BACKGROUND_WORKER, "tea-1")
    held = {Address(API, Kind.ENV_VAR, "KEY"): Secret(jwt.encode({"sub": "app", **claims}, "k" * 32))}
    steps = ServiceSteps(API, summary, state.services[API], (), held, None, ())
    elsewhere = Address(WORKER, Kind.ENV_VAR, "A")
    checks = tuple(Finding(code, "odd", Severity.WARNING, "odd", elsewhere, None) for code in codes)

    found = matches_of(Prepared(replace(plan_of(), checks=checks), (steps,)), KEY)

    assert bool(found) is vouched


def test_neither_a_service_with_a_finding_nor_a_rollback_is_vouched_for() -> None:
    state = desired("variables: {A: x}")

    def steps(owner: Owner) -> ServiceSteps:
        summary = ServiceSummary(f"srv-{owner.name}", owner.name, ServiceType.BACKGROUND_WORKER, "tea-1")
        return ServiceSteps(owner, summary, state.services[owner], (), {}, None, ())

    plan = plan_of()
    both = (steps(API), steps(WORKER))
    address = Address(WORKER, Kind.ENV_VAR, "A")
    about_value = Finding("RC999", "odd", Severity.WARNING, "odd", address, None)
    about_service = replace(about_value, address=None, location=state.services[API].location)

    def vouched(*findings: Finding, kind: PlanKind = PlanKind.APPLY) -> set[Owner]:
        found = matches_of(Prepared(replace(plan, checks=findings, kind=kind), both), KEY)
        assert all(match.read_at == plan.created_at for match in found)
        return {match.owner for match in found}

    assert vouched() == {API, WORKER}
    assert vouched(about_value) == {API}
    assert vouched(about_service) == {WORKER}
    assert vouched(kind=PlanKind.ROLLBACK) == set()
