"""Faults do to a client what a bad day does, on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from reconciler.sandbox import RunningSandbox


def inject(control: httpx.Client, **fault: Any) -> None:  # noqa: ANN401 — any JSON
    assert control.post("/faults", json=fault).status_code == 201


@pytest.fixture
def path(service_id: str) -> str:
    return f"/services/{service_id}/env-vars/KEY"


@pytest.mark.parametrize(("when", "carried_out"), [("before", False), ("after", True), ("truncate", True)])
def test_a_broken_connection_leaves_the_client_without_an_answer(  # noqa: PLR0913 — fixtures
    client: httpx.Client,
    control: httpx.Client,
    path: str,
    service_id: str,
    sandbox: RunningSandbox,
    when: str,
    *,
    carried_out: bool,
) -> None:
    inject(control, method="PUT", path="*/env-vars/*", times=1, **{"break": when})
    with pytest.raises(httpx.RemoteProtocolError):
        client.put(path, json={"value": "1"})
    assert ("KEY" in sandbox.workspace.values(service_id)) is carried_out
    assert client.put(path, json={"value": "2"}).is_success
    seen = [request for request in control.get("/requests").json() if request["method"] == "PUT"]
    assert [request["status"] for request in seen] == [200 if carried_out else None, 200]


def test_an_answer_without_a_body_breaks_too(client: httpx.Client, control: httpx.Client, path: str) -> None:
    client.put(path, json={"value": "1"})
    inject(control, method="DELETE", **{"break": "truncate"})
    with pytest.raises(httpx.RemoteProtocolError):
        client.delete(path)
    assert client.get(path).status_code == 404


def test_a_status_is_answered_without_carrying_the_request_out(
    client: httpx.Client, control: httpx.Client, path: str
) -> None:
    inject(control, method="PUT", times=2, status=503, body={"message": "down"}, headers={"Retry-After": "1"})
    for _ in range(2):
        answer = client.put(path, json={"value": "1"})
        assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, {"message": "down"}, "1")
        assert "Render-Request-Id" in answer.headers
    assert client.get(path).status_code == 404
    assert client.put(path, json={"value": "1"}).status_code == 200


def test_an_error_may_hide_that_the_request_was_carried_out(
    client: httpx.Client, control: httpx.Client, path: str
) -> None:
    inject(control, method="PUT", times=1, status=500, carried_out=True)
    assert client.put(path, json={"value": "1"}).status_code == 500
    assert client.get(path).json()["value"] == "1"


def test_the_first_matches_may_be_let_pass(client: httpx.Client, control: httpx.Client) -> None:
    inject(control, path="/owners", after=2, times=1, status=500)
    assert [client.get("/owners").status_code for _ in range(4)] == [200, 200, 500, 200]
    assert control.get("/faults").json() == [{"id": 1, "hits": 1}]


def test_a_path_can_be_given_as_an_expression(client: httpx.Client, control: httpx.Client) -> None:
    inject(control, path_regex="/v1/(owners|users)", status=500)
    assert [client.get(path).status_code for path in ("/owners", "/users", "/services")] == [500, 500, 200]
    control.delete("/faults")
    assert client.get("/owners").status_code == 200


@pytest.mark.parametrize("lie", [[], {"unexpected": True}, "not json", None])
def test_a_lie_replaces_the_answer(client: httpx.Client, control: httpx.Client, lie: object) -> None:
    inject(control, path="/owners", lie=lie)
    answer = client.get("/owners")
    assert answer.status_code == 200
    assert (answer.text if isinstance(lie, str) else answer.json()) == lie


def test_a_rate_limit_can_be_feigned(client: httpx.Client, control: httpx.Client) -> None:
    inject(control, path="/owners", times=1, rate_limit=7)
    answer = client.get("/owners")
    assert (answer.status_code, answer.headers["Ratelimit-Reset"]) == (429, "7")
    assert answer.headers["Ratelimit-Remaining"] == "0"


def test_latency_outlasts_a_client_that_does_not_wait(client: httpx.Client, control: httpx.Client) -> None:
    inject(control, path="/owners", times=1, latency=30)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/owners", timeout=0.05)
    assert client.get("/owners").is_success


def test_a_person_may_be_faster(client: httpx.Client, control: httpx.Client, path: str, service_id: str) -> None:
    client.put(path, json={"value": "1"})
    edit = {"service": service_id, "key": "KEY", "value": "by hand"}
    inject(control, method="GET", path="*/env-vars/KEY", times=1, after=1, edit=edit)
    assert [client.get(path).json()["value"] for _ in range(3)] == ["1", "by hand", "by hand"]


def test_a_person_edits_and_the_audit_log_names_them(
    client: httpx.Client, control: httpx.Client, path: str, sandbox: RunningSandbox
) -> None:
    edit = {"service": "worker", "key": "KEY", "email": "ann@example.com"}
    assert control.post("/edits", json=edit | {"value": "1"}).status_code == 204
    assert client.get(path).json()["value"] == "1"
    entry = client.get(f"/owners/{sandbox.owner_id}/audit-logs").json()[0]["auditLog"]
    assert (entry["event"], entry["actor"]["type"]) == ("CreateEnvVarsEvent", "user")
    assert entry["actor"]["email"] == "ann@example.com"
    assert control.post("/edits", json=edit).status_code == 204
    assert client.get(path).status_code == 404


def test_the_log_of_requests_holds_no_bodies(client: httpx.Client, control: httpx.Client, path: str) -> None:
    client.put(path, json={"value": "marker-of-a-value"})
    client.get("/services?limit=5")
    log = control.get("/requests")
    assert "marker-of-a-value" not in log.text
    assert [request["target"] for request in log.json()][-2:] == [f"/v1{path}", "/v1/services?limit=5"]
    assert control.delete("/requests").status_code == 204
    assert control.get("/requests").json() == []


@pytest.mark.parametrize("fault", [{"unknown": 1}, {"break": "sometimes"}, {"path_regex": "("}, {"edit": {"a": 1}}])
def test_a_fault_that_means_nothing_is_refused(control: httpx.Client, fault: dict[str, Any]) -> None:
    assert control.post("/faults", json=fault).status_code == 400
