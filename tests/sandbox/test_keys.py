"""Who may see what, and how refusals look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from reconciler.sandbox import RunningSandbox


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic abc"}])
def test_no_key_or_a_wrong_one_is_refused(sandbox: RunningSandbox, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{sandbox.url}/services", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["message"]
    assert answer.headers["Render-Request-Id"]
    assert "Ratelimit-Limit" in answer.headers


def test_a_key_without_access_to_a_workspace_is_refused(
    client: httpx.Client, control: httpx.Client, service_id: str, sandbox: RunningSandbox
) -> None:
    other = control.post("/owners", json={"name": "other"}).json()["id"]
    key = control.post("/keys", json={"owners": [other]}).json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    for path in (f"/services/{service_id}", f"/services/{service_id}/env-vars", f"/owners/{sandbox.owner_id}"):
        assert client.get(path, headers=headers).status_code == 403
    assert client.delete(f"/services/{service_id}", headers=headers).status_code == 403
    assert client.get("/services", headers=headers).json() == []
    assert [item["owner"]["id"] for item in client.get("/owners", headers=headers).json()] == [other]
    assert len(client.get("/owners").json()) == 2


def test_what_does_not_exist_is_not_found(client: httpx.Client, service_id: str) -> None:
    unknown = client.get("/services/srv-00000000000000000000")
    assert (unknown.status_code, unknown.json()) == (404, {"message": "not found: srv-00000000000000000000"})
    assert client.delete(f"/services/{service_id}").status_code == 204
    assert client.get(f"/services/{service_id}").status_code == 404
    assert client.get("/nowhere").status_code == 404


def test_a_method_that_a_path_does_not_have_is_refused(client: httpx.Client, service_id: str) -> None:
    answer = client.post(f"/services/{service_id}/env-vars", json=[])
    assert answer.status_code == 405
    assert answer.json()["message"]


def test_the_person_behind_the_key_is_known(client: httpx.Client) -> None:
    assert client.get("/users").json()["email"] == "sandbox@example.com"


def test_every_answer_has_an_id_of_its_own(client: httpx.Client) -> None:
    answers = [client.get("/owners"), client.get("/nowhere"), client.get("/services")]
    assert len({answer.headers["Render-Request-Id"] for answer in answers}) == 3
