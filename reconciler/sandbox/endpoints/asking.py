"""What an endpoint wants to know of a request: which sandbox, whose key, what body, which filters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.clock import moment_of
from reconciler.sandbox.refusal import bad_request

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
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
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request("invalid JSON body") from error
    if b"\\u" in raw:
        # Half a surrogate pair is no character, and cannot be written as UTF-8: it is replaced, as most parsers do.
        whole = json.dumps(body, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return json.loads(whole)
    return body


async def object_of(request: Request) -> dict[str, Any]:
    """Return a JSON body that must be an object."""
    body = await body_of(request)
    if not isinstance(body, dict):
        raise bad_request("invalid JSON body: expected an object")
    return body


def text_in(body: dict[str, Any], name: str, default: str = "", choices: Collection[str] = ()) -> str:
    """Return a member that is text; the default for one that is absent or null, 400 for anything else."""
    text = body.get(name)
    if text is None:
        return default
    if not isinstance(text, str):
        raise bad_request(f"{name} must be a string")
    if choices and text not in choices:
        raise bad_request(f"{name} must be one of: {', '.join(choices)}")
    return text


def name_in(body: dict[str, Any]) -> str:
    """Return the member `name`, which must be there."""
    name = text_in(body, "name")
    if not name:
        raise bad_request("name must be a non-empty string")
    return name


def object_in(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a member that is an object; an empty one if it is absent or null, 400 for anything else."""
    member = body.get(name)
    if member is None:
        return {}
    if not isinstance(member, dict):
        raise bad_request(f"{name} must be an object")
    return member


def count_in(body: dict[str, Any], name: str, most: int) -> int:
    """Return a member that is a whole number from 1."""
    number = body.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= most:
        raise bad_request(f"{name} must be a number from 1 to {most}")
    return number


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
    except (ValueError, OverflowError, OSError) as error:
        raise bad_request(f"invalid {name}") from error


def within(request: Request, name: str, at: datetime | None) -> bool:
    """Tell whether a moment passes the filters `<name>After` and `<name>Before`."""
    after, before = moment(request, f"{name}After"), moment(request, f"{name}Before")
    if after is None and before is None:
        return True
    return at is not None and (after is None or at > after) and (before is None or at < before)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
