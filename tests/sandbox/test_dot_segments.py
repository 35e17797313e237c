"""A path is normalised before it is understood: the danger that a client has to rule out."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox


def send(sandbox: RunningSandbox, method: str, path: str) -> int:
    """Send a path as it stands; httpx would normalise it itself."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {sandbox.api_key}"})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("key", ["..", "%2e%2e", "%2E.", "x/../..", "../", "..%2f", "./.."])
def test_deleting_a_variable_named_dot_dot_deletes_the_service(
    client: httpx.Client, control: httpx.Client, service_id: str, sandbox: RunningSandbox, key: str
) -> None:
    target = f"/v1/services/{service_id}/env-vars/{key}"
    assert send(sandbox, "DELETE", target) == 204
    assert client.get(f"/services/{service_id}").status_code == 404
    seen = next(request for request in control.get("/requests").json() if request["method"] == "DELETE")
    assert (seen["path"], seen["target"]) == (f"/v1/services/{service_id}", target)


@pytest.mark.parametrize("key", ["", ".", "%2e"])
def test_a_variable_without_a_name_is_the_whole_list(
    client: httpx.Client, service_id: str, sandbox: RunningSandbox, key: str
) -> None:
    assert send(sandbox, "DELETE", f"/v1/services/{service_id}/env-vars/{key}") == 405
    assert client.get(f"/services/{service_id}").status_code == 200


def test_a_percent_is_decoded_once_only(client: httpx.Client, service_id: str, sandbox: RunningSandbox) -> None:
    assert send(sandbox, "DELETE", f"/v1/services/{service_id}/env-vars/%252e%252e") == 404
    assert client.get(f"/services/{service_id}").status_code == 200
