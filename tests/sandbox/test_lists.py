"""Lists come in pages, in an order that is not the order written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import RunningSandbox, add_fleet

if TYPE_CHECKING:
    import httpx


def read_all(client: httpx.Client, path: str, limit: int | None = None) -> list[Any]:
    items: list[Any] = []
    params: dict[str, str | int] = {} if limit is None else {"limit": limit}
    while True:
        page = client.get(path, params=params).raise_for_status().json()
        items += page
        if len(page) < (limit or 20):
            return items
        params["cursor"] = page[-1]["cursor"]


@pytest.mark.parametrize("count", [0, 1, 20, 21, 99, 100, 101])
@pytest.mark.parametrize("limit", [None, 1, 100])
def test_paging_reads_every_variable_once(client: httpx.Client, service_id: str, count: int, limit: int | None) -> None:
    body = [{"key": f"KEY_{number}", "value": str(number)} for number in range(count)]
    assert client.put(f"/services/{service_id}/env-vars", json=body).status_code == 200
    items = read_all(client, f"/services/{service_id}/env-vars", limit)
    assert len(items) == count
    assert {item["envVar"]["key"]: item["envVar"]["value"] for item in items} == {v["key"]: v["value"] for v in body}


@pytest.mark.parametrize("count", [0, 1, 20, 21, 99, 100, 101])
def test_paging_reads_every_service_once(client: httpx.Client, sandbox: RunningSandbox, count: int) -> None:
    made = add_fleet(sandbox.workspace, services=count, variables=0)
    for limit in (None, 100):
        assert [item["service"]["id"] for item in read_all(client, "/services", limit)] == [each.id for each in made]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", ""])
def test_a_limit_out_of_range_is_refused(client: httpx.Client, service_id: str, limit: str) -> None:
    answer = client.get(f"/services/{service_id}/env-vars?limit={limit}")
    assert answer.status_code == 400
    assert "limit" in answer.json()["message"]


def test_an_invented_cursor_is_refused(client: httpx.Client) -> None:
    assert client.get("/services?cursor=invented").status_code == 400


def test_order_and_cursors_change_with_every_write(client: httpx.Client, service_id: str) -> None:
    path = f"/services/{service_id}/env-vars"
    body = [{"key": key, "value": "1"} for key in ("A", "B", "C")]
    written = client.put(path, json=body).json()
    listed = client.get(path).json()
    assert [item["envVar"]["key"] for item in listed] == ["C", "B", "A"]
    assert {item["cursor"] for item in written} == {item["cursor"] for item in listed}
    client.put(path, json=body)
    assert not {item["cursor"] for item in client.get(path).json()} & {item["cursor"] for item in listed}


def test_filters_may_be_comma_separated_or_repeated(client: httpx.Client, sandbox: RunningSandbox) -> None:
    add_fleet(sandbox.workspace, services=5, variables=0)
    for query in ("name=worker-00001,worker-00003", "name=worker-00001&name=worker-00003"):
        found = client.get(f"/services?{query}&ownerId={sandbox.owner_id}&type=background_worker,web_service").json()
        assert [item["service"]["name"] for item in found] == ["worker-00001", "worker-00003"]
    assert client.get("/services?type=web_service").json() == []


def test_previews_are_services_unless_left_out(client: httpx.Client, service_id: str) -> None:
    preview = client.post(f"/services/{service_id}/preview", json={"imagePath": "nginx"}).json()["service"]
    assert preview["serviceDetails"]["parentServer"]["id"] == service_id
    assert len(client.get("/services").json()) == 2
    assert [item["service"]["id"] for item in client.get("/services?includePreviews=false").json()] == [service_id]


def test_ten_thousand_services_are_read_in_pages_of_a_hundred(client: httpx.Client, sandbox: RunningSandbox) -> None:
    add_fleet(sandbox.workspace, services=10_000, variables=3)
    assert len({item["service"]["id"] for item in read_all(client, "/services", 100)}) == 10_000
    found = client.get("/services?name=worker-09999").json()
    assert [item["service"]["name"] for item in found] == ["worker-09999"]
