"""What the main commands send is as Render's OpenAPI document has it, and so is what they are answered."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.render_api.endpoints import ALLOWED
from tests.conformance.document import at_hand
from tests.conformance.validating_proxy import proxied

if TYPE_CHECKING:
    from tests.stories.conftest import Project

pytestmark = at_hand

CONTRACT = """
    version: 1
    environments:
      staging: {}
    services:
      api:
        render: api
        variables:
          LEVEL: debug
          WORKER: {from: {service: worker, property: host}}
      worker:
        render: worker
        variables:
          LEVEL: info
          OLD: {absent: true}
          DATABASE: {type: postgres_url, from: {postgres: main, property: internal_connection_string}}
          CACHE: {type: redis_url, from: {key_value: cache, property: internal_connection_string}}
          TOKEN: {generate: {bytes: 32}}
        secret_files:
          ca.pem: {value: made up}
        env_groups: [common]
        health: {log_ready: "ready", within: 1s}
    env_groups:
      common:
        render: common
        variables: {OTEL: https://otel.example.com, GONE: {absent: true}}
"""


@pytest.fixture
def made(project: Project) -> Project:
    owner = project.sandbox.owner_id
    project.service("api", {}, kind="private_service")
    project.service("worker", {"OLD": "1", "LEVEL": "old"})
    project.api("POST", "/postgres", {"name": "main", "ownerId": owner, "plan": "free", "version": "17"})
    project.api("POST", "/key-value", {"name": "cache", "ownerId": owner, "plan": "free"})
    project.api("POST", "/projects", {"name": "app", "ownerId": owner, "environments": [{"name": "Production"}]})
    entries = [{"key": "GONE", "value": "1"}]
    project.api("POST", "/env-groups", {"name": "common", "ownerId": owner, "envVars": entries})
    project.write("services.yaml", CONTRACT)
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32)}
    return project


def test_the_main_commands_are_as_documented(made: Project) -> None:
    with proxied(made.sandbox) as proxy:
        made.environ["RENDER_API_URL"] = proxy.url
        for command in (
            "plan -o to.json",
            "apply to.json",
            "drift",
            "diagnose worker -e staging",
            "rollback 1 -o back.json",
            "apply back.json",
            "init --from-render --stdout",
        ):
            done = made.reconcile(*command.split())
            assert done.code == 0, (command, done.err)
    expect_endpoints(proxy.passed)
    assert proxy.breaches == []


def test_a_breach_would_be_noticed(made: Project) -> None:
    made.control("POST", "/faults", {"path": "/owners", "lie": [{"owner": {"id": 1}, "cursor": "x"}]})
    with proxied(made.sandbox) as proxy:
        headers = {"Authorization": f"Bearer {made.sandbox.api_key}"}
        with httpx.Client(base_url=proxy.url, headers=headers) as client:
            client.get("/owners?limit=20")
            client.get("/services?limit=many")
            client.put("/services/x/env-vars/KEY", json={"values": "1"})
    assert [breach.partition(":")[0] for breach in proxy.breaches] == [
        "answer of GET /v1/owners 200",
        "request of GET /v1/services 400",
        "request of PUT /v1/services/x/env-vars/KEY 404",
    ]


def expect_endpoints(passed: list[str]) -> None:
    """Expect that everything was sent that reconcile may send at all."""
    seen = {
        endpoint.kind
        for endpoint in ALLOWED
        for each in passed
        if re.fullmatch(f"{endpoint.method} /v1" + re.sub(r"\{\w+\}", "[^/]+", endpoint.template), each)
    }
    assert {endpoint.kind for endpoint in ALLOWED} - seen == set()
