"""Every answer says where a client stands, and one request too many is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from reconciler.sandbox import RunningSandbox


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running("default") as sandbox:
        yield sandbox


@pytest.fixture
def service_id(client: httpx.Client, sandbox: RunningSandbox) -> str:
    sandbox.workspace.clock.advance(10)
    return str(client.get("/services?name=worker").json()[0]["service"]["id"])


def standing(answer: httpx.Response) -> tuple[int, int, int]:
    limit, remaining, reset = (int(answer.headers[f"Ratelimit-{name}"]) for name in ("Limit", "Remaining", "Reset"))
    return limit, remaining, reset


def test_limits_are_counted_by_bucket(client: httpx.Client, service_id: str, sandbox: RunningSandbox) -> None:
    logs = {"ownerId": sandbox.owner_id, "resource": service_id}
    assert standing(client.get("/owners"))[:2] == (400, 398)
    assert standing(client.get("/logs", params=logs))[:2] == (30, 29)
    assert standing(client.put(f"/services/{service_id}/env-vars/A", json={"value": "1"}))[:2] == (100, 99)
    assert standing(client.post(f"/services/{service_id}/deploys", json={}))[:2] == (10, 9)
    assert standing(client.patch(f"/services/{service_id}", json={}))[:2] == (10, 8)
    assert standing(client.post("/postgres", json={})) == (20, 19, 3600)
    assert standing(client.get("/nowhere"))[:2] == (400, 397)


def test_one_deploy_too_many_waits_for_the_next_window(
    client: httpx.Client, service_id: str, sandbox: RunningSandbox
) -> None:
    path = f"/services/{service_id}/deploys"
    for _ in range(10):
        assert client.post(path, json={}).is_success
    refused = client.post(path, json={})
    limit, remaining, reset = standing(refused)
    assert (refused.status_code, limit, remaining) == (429, 10, 0)
    assert 0 <= reset <= 60
    assert "rate limit" in refused.json()["message"]
    assert client.get(path).is_success
    sandbox.workspace.clock.advance(reset + 1)
    assert standing(client.post(path, json={}))[1] == 9


def test_limits_can_be_changed(client: httpx.Client, control: httpx.Client) -> None:
    assert control.post("/rate-limits", json={"limits": {"get": 1}, "window": 5}).status_code == 204
    assert standing(client.get("/owners")) == (1, 0, 5)
    assert client.get("/owners").status_code == 429
    assert control.post("/rate-limits", json={"limits": {"put": 1}}).status_code == 400


def test_each_key_has_its_own_count(client: httpx.Client, control: httpx.Client) -> None:
    control.post("/rate-limits", json={"limits": {"get": 1}})
    other = control.post("/keys", json={"owners": None}).json()["key"]
    assert client.get("/owners").is_success
    assert client.get("/owners").status_code == 429
    assert client.get("/owners", headers={"Authorization": f"Bearer {other}"}).is_success
