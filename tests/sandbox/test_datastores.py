"""Databases can be created, found and connected to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox


@pytest.mark.parametrize(
    ("path", "resource", "prefix"), [("postgres", "postgres", "dpg"), ("key-value", "keyValue", "red")]
)
def test_a_datastore_lives_and_dies(
    client: httpx.Client, sandbox: RunningSandbox, path: str, resource: str, prefix: str
) -> None:
    body = {"name": "main-db", "ownerId": sandbox.owner_id, "plan": "free", "version": "17"}
    made = client.post(f"/{path}", json=body)
    assert made.status_code == 201
    one = f"/{path}/{made.json()['id']}"
    assert made.json()["id"].startswith(f"{prefix}-")
    assert client.get(one).json() == made.json()
    assert client.get(f"/{path}?name=main-db").json()[0][resource]["id"] == made.json()["id"]
    internal = client.get(f"{one}/connection-info").json()["internalConnectionString"]
    assert made.json()["id"] in internal
    assert client.get(f"/{'key-value' if path == 'postgres' else 'postgres'}/{made.json()['id']}").status_code == 404
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404
