"""Render's own OpenAPI document, and whether a request or an answer is valid against it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.responses.exceptions import ResponseNotFound
from pydantic import BaseModel, ConfigDict
from werkzeug.datastructures import Headers, ImmutableMultiDict

if TYPE_CHECKING:
    import httpx

DOCUMENT = Path(__file__).parents[2].parent / "shared" / "render" / "openapi.json"

at_hand = pytest.mark.skipif(not DOCUMENT.exists(), reason="Render's OpenAPI document is not at hand")

# What Render refuses with, whichever of them an endpoint happens to list.
ERRORS = frozenset({400, 401, 402, 403, 404, 406, 409, 410, 429, 500, 503})


class Refusal(BaseModel):
    """The schema `error` of the document, strictly."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str | None = None
    message: str | None = None


class SentRequest:
    """A request as the validator wants it."""

    def __init__(self, request: httpx.Request) -> None:
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(list(request.url.params.multi_items())), header=Headers(dict(request.headers))
        )
        self.host_url = "https://api.render.com"
        self.path = request.url.path
        self.method = request.method.lower()
        self.body = request.content
        self.content_type = request.headers.get("content-type", "application/json").partition(";")[0]


class ReceivedResponse:
    """A response as the validator wants it."""

    def __init__(self, response: httpx.Response) -> None:
        self.status_code = response.status_code
        self.data = response.content
        self.content_type = response.headers.get("content-type", "").partition(";")[0]
        self.headers: dict[str, Any] = dict(response.headers)


def loosened(node: object) -> object:
    """Turn each `oneOf` into `anyOf`: the details of a web service match those of a worker too, in any answer."""
    if isinstance(node, list):
        return [loosened(item) for item in node]
    if isinstance(node, dict):
        return {"anyOf" if key == "oneOf" else key: loosened(value) for key, value in node.items()}
    return node


def corrected() -> dict[str, Any]:
    """Return the document without what it gets wrong about Render itself."""
    spec: Any = loosened(json.loads(DOCUMENT.read_text()))
    # It requires a property that it never declares.
    spec["components"]["schemas"]["postgresDetail"]["required"].remove("project")
    # It leaves out the envelope in the list of groups (see endpoints/env_groups.py).
    answers = spec["paths"]["/env-groups"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    group = answers["items"]
    answers["items"] = {
        "type": "object",
        "required": ["envGroup", "cursor"],
        "properties": {"envGroup": group, "cursor": {"type": "string"}},
    }
    # Recorded answers have null where a new deploy has no commit or is not finished, and where an environment is empty.
    deploy = spec["components"]["schemas"]["deploy"]["properties"]
    inside = spec["components"]["schemas"]["environment"]["properties"]
    lists = [inside[name] for name in ("databasesIds", "redisIds", "serviceIds", "envGroupIds")]
    for schema in (deploy["commit"], deploy["finishedAt"], *lists):
        schema["nullable"] = True
    # References into inline schemas (`#/paths/…/oneOf/7/…`) moved with the renaming.
    whole: dict[str, Any] = json.loads(json.dumps(spec).replace("/oneOf/", "/anyOf/"))
    return whole


@cache
def document() -> OpenAPI:
    """Return the corrected document, ready to validate."""
    return OpenAPI.from_dict(corrected())


def check_request(request: httpx.Request) -> None:
    """Fail for a request that the document does not have so."""
    document().validate_request(SentRequest(request))


def check_answer(response: httpx.Response) -> None:
    """Fail for an answer that the document does not have so; errors may be any that Render's API knows."""
    try:
        document().validate_response(SentRequest(response.request), ReceivedResponse(response))
    except ResponseNotFound:
        # The document lists for each endpoint some errors and forgets others: GET /services has no 400.
        assert response.status_code in ERRORS, response.status_code
        Refusal.model_validate_json(response.content)


def check(response: httpx.Response, status: int) -> Any:  # noqa: ANN401 — any JSON
    """Fail for another status or an invalid answer; returns what it says."""
    assert response.status_code == status, response.text
    check_answer(response)
    return response.json() if response.content else None
