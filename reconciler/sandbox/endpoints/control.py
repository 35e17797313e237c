"""The strings that tests and rehearsals pull; no key, no rate limit, and nothing that Render has.

All below `/control`, bodies and answers in JSON. A service is given by its name or id.

`POST /control/faults` (201, `{"id": 1}`): every request under `/v1` that matches and carries a good key is struck.
    Which: `method`; `path` (glob, `*` also matches `/`) or `path_regex` (whole path), both with or without `/v1`;
    `after` (let so many matches pass first); `times` (then act so often; without it until cleared).
    What: `latency` (seconds before anything else); `status` with `body` and `headers` (the request is not carried
    out, unless `carried_out` is true); `rate_limit` (answer 429 with so many seconds in `Ratelimit-Reset`); `lie`
    (carry the request out, and answer this JSON or text instead); `headers` alone (carried out, headers added);
    `edit` `{"service", "key", "value"?, "email"?}` (just before, a person changes a variable in the dashboard, or
    deletes it without a `value`); `deploy` and `blueprint_sync` (just before, as by `/control/deploys` and
    `/control/blueprint-syncs`); `break` `"before"` (drop the connection, nothing carried out), `"after"` (carry it
    out, then drop the connection) or `"truncate"` (carry it out, send half of the answer, then drop).
`GET /control/faults` lists `[{"id", "hits"}]`; `DELETE /control/faults` clears them (204).
`POST /control/rate-limits`: `{"limits": {"get"|"logs"|"write"|"deploy"|"create": N}, "window": seconds}`; counting
    starts anew. `window` is for all of the named ones, 60 without it.
`GET /control/requests` lists `[{"id", "at", "method", "path", "target", "status", "fault"}]` of requests under `/v1`,
    oldest first, never a body; `status` is null where the connection was dropped before. `DELETE` forgets them (204).
`POST /control/timing`: seconds for any of `created`, `build`, `pre_deploy`, `update` (phases of deploys that start from
    now on), `job`, `work_every`, `crash_every`.
`PUT /control/deploy-outcomes`: `{"service", "outcome", "times"?: 1}`, for the next deploys of the service: `live`,
    `build_failed`, `pre_deploy_failed`, `update_failed`, `canceled`, `never_ends`, `superseded` (canceled, a foreign
    one goes live), `deactivated` (live, then a foreign one takes over), `answered_202` (202 without a body).
    With `by`, what triggers the foreign one: `new_commit` without it, or any other trigger.
`POST /control/deploys`: `{"service", "trigger"?: "new_commit", "builds"?: true}`: a deploy that no API client asked
    for (204).
`POST /control/blueprint-syncs`: `{"service", "variables"?: {KEY: value}, "email"?, "deploy"?: true}`: a Blueprint is
    applied to a service: it writes those variables, and deploys (204).
`POST /control/audit-log`: `{"status": 402}` refuses to show audit logs, as on a plan without them; null ends it (204).
`POST /control/keys`: `{"owners": [id, …] or null for all, "email"?, "key"?}`; answers 201 `{"key"}`.
`POST /control/edits`: `{"service", "key", "value"?, "email"?}`: a person changes a variable in the dashboard (204).
`POST /control/owners`: `{"name", "id"?, "email"?}`: one more workspace (201 with it).
`POST /control/clock`: `{"advance": seconds}` skips time; answers `{"now"}`.
`POST /control/shapes`: `{"group_envelope": false}` lists groups bare, as Render's OpenAPI document has them (204).
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from http import HTTPStatus
from itertools import repeat
from typing import TYPE_CHECKING

from starlette.routing import Route

from reconciler.sandbox.answer import json_response, no_content
from reconciler.sandbox.clock import stamp
from reconciler.sandbox.dashboard import edit_variable
from reconciler.sandbox.deploy import Outcome, Timing
from reconciler.sandbox.endpoints.asking import object_of, workspace_of
from reconciler.sandbox.fault import Edit, Faults
from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.payload import owner_payload
from reconciler.sandbox.rate_limit import RENDER_LIMITS, Limit, RateLimiter
from reconciler.sandbox.record import ApiKey, Owner
from reconciler.sandbox.refusal import bad_request
from reconciler.sandbox.rival import BlueprintSync, ForeignDeploy, start_deploy, sync_blueprint
from reconciler.sandbox.workloads import Pace

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.gateway import Seen


async def add_fault(request: Request) -> Response:
    """Put a fault in force."""
    return json_response({"id": _faults(request).add(await object_of(request)).id}, 201)


async def list_faults(request: Request) -> Response:
    """List the faults in force."""
    return json_response(_faults(request).listed())


async def clear_faults(request: Request) -> Response:
    """Let everything work again."""
    _faults(request).clear()
    return no_content()


async def change_rate_limits(request: Request) -> Response:
    """Set some limits anew."""
    body = await object_of(request)
    limits, window = body.get("limits"), body.get("window", 60)
    if not isinstance(limits, dict) or limits.keys() - RENDER_LIMITS.keys():
        raise bad_request(f"limits is an object with some of: {', '.join(sorted(RENDER_LIMITS))}")
    limiter: RateLimiter = request.app.state.limiter
    limiter.change({bucket: Limit(int(count), float(window)) for bucket, count in limits.items()})
    return no_content()


async def list_requests(request: Request) -> Response:
    """List the requests that came."""
    return json_response([asdict(seen) for seen in _seen(request)])


async def forget_requests(request: Request) -> Response:
    """Forget the requests that came."""
    _seen(request).clear()
    return no_content()


async def change_timing(request: Request) -> Response:
    """Set how long things take."""
    workspace, body = workspace_of(request), await object_of(request)
    for name, seconds in body.items():
        if not isinstance(seconds, int | float) or seconds < 0:
            raise bad_request(f"{name} must be a number of seconds")
        if name in Timing.__dataclass_fields__:
            workspace.timing = replace(workspace.timing, **{name: seconds})
        elif name in Pace.__dataclass_fields__ and seconds:
            workspace.pace = replace(workspace.pace, **{name: seconds})
        else:
            raise bad_request(f"unknown timing: {name}")
    return no_content()


async def force_outcome(request: Request) -> Response:
    """Say how the next deploys of a service end."""
    workspace, body = workspace_of(request), await object_of(request)
    service = workspace.service_named(str(body.get("service")))
    try:
        outcome = Outcome(str(body.get("outcome")))
    except ValueError as error:
        raise bad_request(f"outcome is one of: {', '.join(Outcome)}") from error
    by = ForeignDeploy(service.id, str(body.get("by", "new_commit"))).trigger
    workspace.rollout(service.id).outcomes.extend(repeat((outcome, by), int(body.get("times", 1))))
    return no_content()


async def add_key(request: Request) -> Response:
    """Make one more API key."""
    workspace, body = workspace_of(request), await object_of(request)
    key, owners = body.get("key") or f"sandbox-{secrets.token_hex(16)}", body.get("owners")
    email = body.get("email") or "sandbox@example.com"
    workspace.keys[key] = ApiKey(key, email, None if owners is None else frozenset(owners))
    return json_response({"key": key}, 201)


async def add_owner(request: Request) -> Response:
    """Make one more workspace."""
    workspace, body = workspace_of(request), await object_of(request)
    name = str(body.get("name") or "another workspace")
    owner = Owner(body.get("id") or new_id("tea"), name, body.get("email") or "sandbox@example.com")
    return json_response(owner_payload(workspace.owners.put(owner)), 201)


async def edit(request: Request) -> Response:
    """Change a variable as a person in the dashboard would."""
    body = await object_of(request)
    try:
        wanted = Edit(**body)
    except TypeError as error:
        raise bad_request(f"invalid edit: {error}") from error
    edit_variable(workspace_of(request), wanted)
    return no_content()


async def foreign_deploy(request: Request) -> Response:
    """Start a deploy that no API client asked for."""
    body = await object_of(request)
    try:
        wanted = ForeignDeploy(**body)
    except TypeError as error:
        raise bad_request(f"invalid deploy: {error}") from error
    start_deploy(workspace_of(request), wanted)
    return no_content()


async def blueprint_sync(request: Request) -> Response:
    """Apply a Blueprint to a service."""
    body = await object_of(request)
    try:
        wanted = BlueprintSync(**body)
    except TypeError as error:
        raise bad_request(f"invalid Blueprint sync: {error}") from error
    sync_blueprint(workspace_of(request), wanted)
    return no_content()


async def change_audit_log(request: Request) -> Response:
    """Refuse to show audit logs, or show them again."""
    status = (await object_of(request)).get("status")
    try:
        workspace_of(request).audit_refusal = None if status is None else HTTPStatus(status)
    except ValueError as error:
        raise bad_request("status is one of HTTP's, or null") from error
    return no_content()


async def advance_clock(request: Request) -> Response:
    """Skip time."""
    seconds = (await object_of(request)).get("advance")
    if not isinstance(seconds, int | float) or seconds < 0:
        raise bad_request("advance must be a number of seconds")
    return json_response({"now": stamp(workspace_of(request).clock.advance(seconds))})


async def change_shapes(request: Request) -> Response:
    """Follow the document where it and the API are known to differ."""
    workspace_of(request).group_envelope = bool((await object_of(request)).get("group_envelope", True))
    return no_content()


def _faults(request: Request) -> Faults:
    faults: Faults = request.app.state.faults
    return faults


def _seen(request: Request) -> MutableSequence[Seen]:
    seen: MutableSequence[Seen] = request.app.state.seen
    return seen


ROUTES = [
    Route("/faults", add_fault, methods=["POST"]),
    Route("/faults", list_faults, methods=["GET"]),
    Route("/faults", clear_faults, methods=["DELETE"]),
    Route("/rate-limits", change_rate_limits, methods=["POST"]),
    Route("/requests", list_requests, methods=["GET"]),
    Route("/requests", forget_requests, methods=["DELETE"]),
    Route("/timing", change_timing, methods=["POST"]),
    Route("/deploy-outcomes", force_outcome, methods=["PUT"]),
    Route("/keys", add_key, methods=["POST"]),
    Route("/owners", add_owner, methods=["POST"]),
    Route("/edits", edit, methods=["POST"]),
    Route("/deploys", foreign_deploy, methods=["POST"]),
    Route("/blueprint-syncs", blueprint_sync, methods=["POST"]),
    Route("/audit-log", change_audit_log, methods=["POST"]),
    Route("/clock", advance_clock, methods=["POST"]),
    Route("/shapes", change_shapes, methods=["POST"]),
]
