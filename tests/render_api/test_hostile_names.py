"""No name can turn a request into another one: what arrives is the intended request, or nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx
import pytest

from reconciler.domain.value import Secret
from reconciler.errors import RenderError
from reconciler.render_api import endpoints
from reconciler.render_api.endpoints import Bucket, Endpoint, admit
from tests.render_api.lying_server import Received, Reply
from tests.render_api.stage import SERVICE, Stage, perform, wanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

REFUSED = [
    "",
    ".",
    "..",
    "...//..",
    "#/x?y",
    "a/../b",
    "a/b",
    "/",
    "../../owners",
    "%2e",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%252e%252e",
    "a%2fb",
    "%2f..",
    "..\\x",
    "%5c",
    "a\0b",
    "%00",
    "a\nb",
    "a\r\nHost: x",
    "\ud800",
    "\u202ex",
]
CARRIED = [
    "?x",
    "#",
    "#x?y",
    "ü",
    "😀",
    "a b",
    "a+b",
    "a%zz",
    "a;b",
    "a&b=c",
    "@",
    ":",
    "*",
    "...",
    ".env",
    "KEY",
    "a-b.c_D1",
]

ACTIONS: dict[str, Callable[[Stage, str], Awaitable[object]]] = {
    "GET env-vars": lambda stage, name: stage.writer.variable(SERVICE, name),
    "GET secret-files": lambda stage, name: stage.writer.secret_file(SERVICE, name),
    "PUT env-vars": lambda stage, name: stage.writer.put_variable(SERVICE, name, Secret("x"), confirm=wanted),
    "PUT secret-files": lambda stage, name: stage.writer.put_secret_file(SERVICE, name, Secret("x"), confirm=wanted),
    "DELETE env-vars": lambda stage, name: stage.writer.delete_variable(SERVICE, name, confirm=wanted),
    "DELETE secret-files": lambda stage, name: stage.writer.delete_secret_file(SERVICE, name, confirm=wanted),
    "GET deploys": lambda stage, name: stage.writer.deploy(SERVICE, name),
}


def echo(received: Received) -> Reply:
    """Answer as if the request had been meant."""
    name = unquote(received.target.rpartition("/")[2])
    if received.method == "DELETE":
        return Reply(204)
    if "/deploys/" in received.target:
        return Reply(200, {"id": name, "createdAt": "2026-01-01T00:00:00Z"})
    return Reply(200, {"key": name, "value": "x", "name": name, "content": "x"})


def unheard(_: Received) -> Reply:
    return Reply(404, {"message": "not found"})


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", REFUSED)
def test_nothing_is_sent_for_a_name_that_is_path_syntax(action: str, name: str) -> None:
    async def act(stage: Stage) -> list[str]:
        with pytest.raises(RenderError):
            await ACTIONS[action](stage, name)
        return stage.server.lines

    assert perform(echo, act) == []


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", CARRIED)
def test_every_other_name_arrives_as_one_encoded_segment(action: str, name: str) -> None:
    async def act(stage: Stage) -> list[str]:
        with suppress(RenderError):  # Render has no deploy of such a name
            await ACTIONS[action](stage, name)
        return stage.server.lines

    method, part = action.split(" ")
    answer = unheard if action == "GET deploys" else echo
    (line,) = perform(answer, act)
    prefix = f"{method} /v1/services/{SERVICE}/{part}/"
    assert line.startswith(prefix)
    segment = line.removeprefix(prefix)
    assert not set(segment) & set("/?#")
    assert unquote(segment) == name


@pytest.mark.parametrize("service_id", REFUSED)
def test_nothing_is_sent_for_a_service_id_that_is_path_syntax(service_id: str) -> None:
    async def act(stage: Stage) -> list[str]:
        with pytest.raises(RenderError):
            await stage.writer.delete_variable(service_id, "KEY", confirm=wanted)
        with pytest.raises(RenderError):
            await stage.writer.variables(service_id)
        with pytest.raises(RenderError):
            await stage.writer.instances(service_id)
        return stage.server.lines

    assert perform(echo, act) == []


def test_no_endpoint_of_the_allow_list_replaces_or_deletes_more_than_one_name() -> None:
    for endpoint in endpoints.ALLOWED:
        if endpoint.method in {"PUT", "DELETE"}:
            assert endpoint.template.startswith(
                (
                    "/services/{service}/env-vars/{",
                    "/services/{service}/secret-files/{",
                    "/env-groups/{group}/env-vars/{",
                )
            )
        elif endpoint.method == "POST":
            assert endpoint.template in {"/services/{service}/deploys", "/env-groups/{group}/services/{service}"}
        else:
            assert endpoint.method == "GET"


BASE = httpx.URL("https://api.render.com/v1")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.render.com/v1/services/srv-1",
        "https://api.render.com/v1/services/srv-1/env-vars",
        "https://api.render.com/v1/services/srv-1/env-vars/",
        "https://api.render.com/v1/services/srv-1/env-vars/..",
        "https://api.render.com/v1/services/srv-1/env-vars/A/B",
        "https://api.render.com/v1/services/srv-1/env-vars/B",
        "https://api.render.com/v1/services/srv-1/env-vars/A?x=1",
        "https://api.render.com/v2/services/srv-1/env-vars/A",
        "https://api.render.com:444/v1/services/srv-1/env-vars/A",
        "http://api.render.com/v1/services/srv-1/env-vars/A",
        "https://api.example.com/v1/services/srv-1/env-vars/A",
    ],
)
def test_a_built_request_that_is_not_the_template_is_refused(url: str) -> None:
    request = httpx.Request("DELETE", url)
    with pytest.raises(RenderError, match="was not sent"):
        admit(request, endpoints.DELETE_VARIABLE, ["services", "srv-1", "env-vars", "A"], BASE)


def test_a_request_that_is_not_on_the_allow_list_is_refused() -> None:
    wipe = Endpoint("wipe", "PUT", "/services/{service}/env-vars", Bucket.WRITES)
    request = httpx.Request("PUT", "https://api.render.com/v1/services/srv-1/env-vars")
    with pytest.raises(RenderError, match="was not sent"):
        admit(request, wipe, ["services", "srv-1", "env-vars"], BASE)


def test_another_method_than_the_endpoints_is_refused() -> None:
    request = httpx.Request("DELETE", "https://api.render.com/v1/services/srv-1/env-vars/A")
    with pytest.raises(RenderError, match="was not sent"):
        admit(request, endpoints.PUT_VARIABLE, ["services", "srv-1", "env-vars", "A"], BASE)


def test_the_intended_request_is_admitted() -> None:
    request = httpx.Request("DELETE", "https://api.render.com/v1/services/srv-1/env-vars/A")
    admit(request, endpoints.DELETE_VARIABLE, ["services", "srv-1", "env-vars", "A"], BASE)
