"""Groups, their entries and their links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox


@pytest.fixture
def group(client: httpx.Client, sandbox: RunningSandbox) -> dict[str, Any]:
    body = {
        "name": "shared",
        "ownerId": sandbox.owner_id,
        "envVars": [{"key": "A", "value": "1"}, {"key": "B", "generateValue": True}],
        "secretFiles": [{"name": "f", "content": "text"}],
    }
    answer = client.post("/env-groups", json=body)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def test_a_list_has_no_values_and_one_group_has_all(client: httpx.Client, group: dict[str, Any]) -> None:
    listed = client.get("/env-groups?name=shared").json()
    assert [item["envGroup"]["id"] for item in listed] == [group["id"]]
    assert "envVars" not in listed[0]["envGroup"]
    assert client.get(f"/env-groups/{group['id']}").json() == group
    assert client.get("/env-groups?name=other").json() == []


def test_a_list_may_be_bare_as_the_document_has_it(
    client: httpx.Client, control: httpx.Client, group: dict[str, Any]
) -> None:
    assert control.post("/shapes", json={"group_envelope": False}).status_code == 204
    assert [item["id"] for item in client.get("/env-groups").json()] == [group["id"]]


def test_writing_one_entry_answers_with_the_whole_group(client: httpx.Client, group: dict[str, Any]) -> None:
    path = f"/env-groups/{group['id']}"
    changed = client.put(f"{path}/env-vars/A", json={"value": "2"}).json()
    assert changed["envVars"][0] == {"key": "A", "value": "2"}
    assert len(changed["envVars"]) == 2
    assert client.put(f"{path}/secret-files/g", json={"content": "new"}).json()["secretFiles"][0]["name"] == "g"
    assert client.get(f"{path}/env-vars/A").json() == {"key": "A", "value": "2"}
    assert client.delete(f"{path}/env-vars/A").status_code == 204
    assert client.delete(f"{path}/env-vars/A").status_code == 404
    assert client.get(path).json()["updatedAt"] == group["updatedAt"]


def test_a_group_has_no_replace_all(client: httpx.Client, group: dict[str, Any]) -> None:
    assert client.put(f"/env-groups/{group['id']}/env-vars", json=[]).status_code == 404


def test_a_group_is_renamed_and_deleted(client: httpx.Client, group: dict[str, Any]) -> None:
    path = f"/env-groups/{group['id']}"
    assert client.patch(path, json={"name": "renamed"}).json()["name"] == "renamed"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_linked_variables_arrive_and_the_services_own_win(
    client: httpx.Client, group: dict[str, Any], service_id: str, sandbox: RunningSandbox
) -> None:
    link = f"/env-groups/{group['id']}/services/{service_id}"
    linked = client.post(link).json()
    assert linked["serviceLinks"] == [{"id": service_id, "name": "worker", "type": "worker"}]
    client.put(f"/services/{service_id}/env-vars/A", json={"value": "own"})
    seen = sandbox.workspace.effective_variables(service_id)
    assert seen["A"] == "own"
    assert "B" in seen
    listed = client.get(f"/services/{service_id}/env-vars").json()
    assert [item["envVar"]["key"] for item in listed] == ["A"]
    assert client.delete(link).status_code == 204
    assert client.delete(link).status_code == 404
    assert "B" not in sandbox.workspace.effective_variables(service_id)
