"""What an endpoint wants to know of a request: which sandbox, whose key, what body, which filters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.clock import moment_of
from reconciler.sandbox.refusal import bad_request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from starlette.requests import Request

    from reconciler.sandbox.record import ApiKey
    from reconciler.sandbox.workspace import Workspace


def workspace_of(request: Request) -> Workspace:
    """Return the sandbox's state."""
    workspace: Workspace = request.app.state.workspace
    return workspace


def key_of(request: Request) -> ApiKey:
    """Return the key that the gateway has checked."""
    key: ApiKey = request.state.key
    return key


async def body_of(request: Request) -> Any:  # noqa: ANN401 — a body may hold any JSON
    """Return the JSON body, or refuse; no body at all reads as an empty object."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        return json.loads(raw)
    except ValueError as error:
        raise bad_request("invalid JSON body") from error


async def object_of(request: Request) -> dict[str, Any]:
    """Return a JSON body that must be an object."""
    body = await body_of(request)
    if not isinstance(body, dict):
        raise bad_request("invalid JSON body: expected an object")
    return body


def wanted(request: Request, name: str) -> Sequence[str]:
    """Return the values of a filter, comma-separated as Render's OpenAPI document says, or repeated as some send it."""
    values = [part for text in request.query_params.getlist(name) for part in text.split(",")]
    return [value for value in values if value]


def moment(request: Request, name: str) -> datetime | None:
    """Return a moment from the query, or refuse what is none."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return moment_of(text)
    except ValueError as error:
        raise bad_request(f"invalid {name}") from error


def within(request: Request, name: str, at: datetime | None) -> bool:
    """Tell whether a moment passes the filters `<name>After` and `<name>Before`."""
    after, before = moment(request, f"{name}After"), moment(request, f"{name}Before")
    if after is None and before is None:
        return True
    return at is not None and (after is None or at > after) and (before is None or at < before)
