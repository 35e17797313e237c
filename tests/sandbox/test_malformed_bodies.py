"""Whatever a body holds, the answer is a refusal that says what is wrong, never a failure of the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox


@pytest.mark.parametrize(
    "body", [b"{", b"NaN", b'{"value": Infinity}', b"[" * 100_000, b"\xff", b'"text"', b'{"value": ["1"]}', b"null"]
)
def test_what_is_no_variable_is_refused(client: httpx.Client, service_id: str, body: bytes) -> None:
    answer = client.put(f"/services/{service_id}/env-vars/KEY", content=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_half_a_surrogate_pair_is_replaced(client: httpx.Client, service_id: str) -> None:
    body = rb'{"value": "\ud83d\ude00 \ud83d"}'
    assert (
        client.put(f"/services/{service_id}/env-vars/KEY", content=body).json()["value"]
        == "😀 \N{REPLACEMENT CHARACTER}"
    )


@pytest.mark.parametrize(
    "member",
    [
        {"name": ["x"]},
        {"serviceDetails": "x"},
        {"serviceDetails": {"numInstances": 10**30}},
        {"serviceDetails": {"plan": "vast"}},
        {"image": {"imagePath": 1}},
        {"autoDeploy": True},
    ],
)
def test_members_of_the_wrong_kind_are_refused(
    client: httpx.Client, sandbox: RunningSandbox, service_id: str, member: dict[str, object]
) -> None:
    body = {"type": "web_service", "name": "other", "ownerId": sandbox.owner_id} | member
    assert client.post("/services", json=body).status_code == 400
    assert client.patch(f"/services/{service_id}", json=member).status_code == 400


@pytest.mark.parametrize("query", ["createdAfter=99999999999999999999", "createdBefore=never", "limit=" + "9" * 5000])
def test_filters_that_mean_nothing_are_refused(client: httpx.Client, service_id: str, query: str) -> None:
    assert client.get(f"/services/{service_id}/deploys?{query}").status_code == 400
