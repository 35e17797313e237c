"""Variables and secret files of a service."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox

AWKWARD = [
    "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n",
    "a=b$c#d'e\"f\\g`h",
    "  spaces  ",
    "🔑 ключ",
    "x" * 65_536,
]


@pytest.fixture
def path(service_id: str) -> str:
    return f"/services/{service_id}/env-vars"


@pytest.mark.parametrize("body", ["[]", "null"])
def test_replacing_with_nothing_wipes_and_answers_200(client: httpx.Client, path: str, body: str) -> None:
    client.put(f"{path}/KEPT", json={"value": "1"})
    answer = client.put(path, content=body)
    assert (answer.status_code, answer.json()) == (200, [])
    assert client.get(path).json() == []


def test_replacing_drops_what_is_not_given(client: httpx.Client, path: str) -> None:
    client.put(f"{path}/OLD", json={"value": "1"})
    client.put(path, json=[{"key": "NEW", "value": "2"}])
    assert client.get(f"{path}/OLD").status_code == 404
    assert client.get(f"{path}/NEW").json() == {"key": "NEW", "value": "2"}


def test_one_key_is_written_read_and_deleted_alone(client: httpx.Client, path: str) -> None:
    client.put(f"{path}/OTHER", json={"value": "other"})
    assert client.put(f"{path}/KEY", json={"value": "1"}).json() == {"key": "KEY", "value": "1"}
    assert client.put(f"{path}/KEY", json={"value": "2"}).status_code == 200
    assert client.get(f"{path}/KEY").json() == {"key": "KEY", "value": "2"}
    deleted = client.delete(f"{path}/KEY")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for answer in (client.get(f"{path}/KEY"), client.delete(f"{path}/KEY")):
        assert (answer.status_code, answer.json()) == (404, {"message": "not found: KEY"})
    assert client.get(f"{path}/OTHER").json()["value"] == "other"


@pytest.mark.parametrize("value", AWKWARD)
def test_values_survive_byte_for_byte(client: httpx.Client, path: str, service_id: str, value: str) -> None:
    client.put(f"{path}/KEY", json={"value": value})
    assert client.get(f"{path}/KEY").json()["value"] == value
    file = f"/services/{service_id}/secret-files/key.pem"
    assert client.put(file, json={"content": value}).json() == {"name": "key.pem", "content": value}
    assert client.get(file).json()["content"] == value


def test_a_generated_value_is_32_bytes_in_base64(client: httpx.Client, path: str) -> None:
    value = client.put(f"{path}/KEY", json={"generateValue": True}).json()["value"]
    assert len(value) == 44
    assert len(base64.b64decode(value, validate=True)) == 32


@pytest.mark.parametrize("key", ["1KEY", "A B", "A=B", "KÄSE", "RENDER", "RENDER_SERVICE_ID"])
def test_a_key_that_render_does_not_allow_is_refused(client: httpx.Client, path: str, key: str) -> None:
    assert client.put(f"{path}/{key}", json={"value": "1"}).status_code == 400
    assert client.put(path, json=[{"key": key, "value": "1"}]).status_code == 400


@pytest.mark.parametrize("key", ["A.b-c_1", "_A", "RENDERED", "lower"])
def test_a_key_that_render_allows_is_taken(client: httpx.Client, path: str, key: str) -> None:
    assert client.put(f"{path}/{key}", json={"value": "1"}).status_code == 200


@pytest.mark.parametrize("body", [{"value": ""}, {}, {"value": 1}, {"value": None}, [], "text"])
def test_a_value_that_is_no_text_is_refused(client: httpx.Client, path: str, body: object) -> None:
    assert client.put(f"{path}/KEY", json=body).status_code == 400


def test_a_body_that_is_no_json_is_refused(client: httpx.Client, path: str) -> None:
    assert client.put(path, content="{").status_code == 400


def test_a_refused_list_changes_nothing(client: httpx.Client, path: str) -> None:
    client.put(f"{path}/KEPT", json={"value": "1"})
    body = [{"key": "NEW", "value": "1"}, {"key": "2BAD", "value": "1"}]
    assert client.put(path, json=body).status_code == 400
    assert [item["envVar"]["key"] for item in client.get(path).json()] == ["KEPT"]


def test_secret_files_are_a_megabyte_together_at_most(client: httpx.Client, service_id: str) -> None:
    path = f"/services/{service_id}/secret-files"
    assert client.put(f"{path}/half", json={"content": "x" * 600_000}).status_code == 201
    assert client.put(f"{path}/other", json={"content": "x" * 600_000}).status_code == 400
    assert [item["secretFile"]["name"] for item in client.get(path).json()] == ["half"]
    assert client.put(f"{path}/half", json={"content": "x" * 1_000_000}).status_code == 201


def test_the_audit_log_says_who_changed_which_service(client: httpx.Client, path: str, sandbox: RunningSandbox) -> None:
    client.put(f"{path}/KEY", json={"value": "1"})
    client.put(f"{path}/KEY", json={"value": "2"})
    client.delete(f"{path}/KEY")
    entries = [item["auditLog"] for item in client.get(f"/owners/{sandbox.owner_id}/audit-logs?limit=3").json()]
    assert [entry["event"] for entry in entries] == ["DeleteEnvVarsEvent", "UpdateEnvVarsEvent", "CreateEnvVarsEvent"]
    assert {entry["metadata"]["service"] for entry in entries} == {path.split("/")[2]}
    assert {entry["actor"]["type"] for entry in entries} == {"rest_api"}
