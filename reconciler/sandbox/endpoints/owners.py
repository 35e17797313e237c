"""Workspaces, the person behind a key, and the audit log."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from starlette.routing import Route

from reconciler.sandbox.answer import json_response
from reconciler.sandbox.endpoints.asking import key_of, moment, wanted, workspace_of
from reconciler.sandbox.page import newest_first, page_request
from reconciler.sandbox.payload import audit_payload, owner_payload
from reconciler.sandbox.refusal import RefusalError, bad_request

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_MOST_AUDIT_ENTRIES = 1000


async def list_owners(request: Request) -> Response:
    """List the workspaces that the key may see."""
    workspace, key = workspace_of(request), key_of(request)
    page, names, emails = page_request(request.query_params), wanted(request, "name"), wanted(request, "email")
    rows = (
        (place, owner)
        for place, owner in workspace.owners.after(page.after or 0, names or None)
        if key.sees(owner.id) and (not emails or owner.email in emails)
    )
    return json_response(page.cut("owner", rows, owner_payload))


async def get_owner(request: Request) -> Response:
    """Return one workspace."""
    owner = workspace_of(request).owner(key_of(request), request.path_params["owner_id"])
    return json_response(owner_payload(owner))


async def get_user(request: Request) -> Response:
    """Return the person behind the key."""
    key = key_of(request)
    return json_response({"email": key.email, "name": key.email.partition("@")[0]})


async def list_audit_logs(request: Request) -> Response:
    """List who changed what in a workspace, newest first."""
    workspace = workspace_of(request)
    owner = workspace.owner(key_of(request), request.path_params["owner_id"])
    if workspace.audit_refusal is not None:
        raise RefusalError(workspace.audit_refusal, "audit logs are not available on this workspace's plan")
    page = page_request(request.query_params, most=_MOST_AUDIT_ENTRIES)
    start, end = moment(request, "startTime"), moment(request, "endTime")
    match request.query_params.get("direction", "backward"):
        case "backward":
            found = newest_first(workspace.audit, page)
        case "forward":
            first = 0 if page.after is None else page.after + 1
            found = islice(enumerate(workspace.audit), first, None)
        case _:
            raise bad_request("direction is forward or backward")
    rows = (
        (place, entry)
        for place, entry in found
        if entry.owner_id == owner.id and (not start or entry.at >= start) and (not end or entry.at <= end)
    )
    return json_response(page.cut("auditLog", rows, audit_payload))


ROUTES = [
    Route("/owners", list_owners, methods=["GET"]),
    Route("/owners/{owner_id}", get_owner, methods=["GET"]),
    Route("/owners/{owner_id}/audit-logs", list_audit_logs, methods=["GET"]),
    Route("/users", get_user, methods=["GET"]),
]
