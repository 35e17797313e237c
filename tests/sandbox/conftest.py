"""A sandbox that answers, and clients for its API and its control endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.sandbox import NO_LIMITS, RunningSandbox, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def scenario() -> str:
    return "empty"


@pytest.fixture
def sandbox(scenario: str) -> Iterator[RunningSandbox]:
    with running(scenario, limits=NO_LIMITS) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {sandbox.api_key}"}) as client:
        yield client


@pytest.fixture
def control(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.control_url) as client:
        yield client


@pytest.fixture
def service_id(client: httpx.Client, sandbox: RunningSandbox) -> str:
    """Return the id of a worker that runs and has no variables."""
    body = {"type": "background_worker", "name": "worker", "ownerId": sandbox.owner_id}
    made = client.post("/services", json=body)
    assert made.status_code == 201
    sandbox.workspace.clock.advance(1000)
    return str(made.json()["service"]["id"])
