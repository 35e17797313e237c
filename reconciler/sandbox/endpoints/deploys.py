"""Deploys: asking for one, following it, canceling it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from reconciler.sandbox.answer import json_response, no_content
from reconciler.sandbox.endpoints.asking import key_of, object_of, text_in, wanted, within, workspace_of
from reconciler.sandbox.page import newest_first, page_request
from reconciler.sandbox.payload import deploy_payload
from reconciler.sandbox.refusal import bad_request, conflict, not_found

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.deploy import Deploy
    from reconciler.sandbox.record import Service

_MODES = ("deploy_only", "build_and_deploy")


async def create_deploy(request: Request) -> Response:
    """Start a deploy (201 with it), or queue it behind the one under way (202 without a body)."""
    workspace, service, body = workspace_of(request), _service(request), await object_of(request)
    mode = text_in(body, "deployMode", "build_and_deploy", _MODES)
    if mode == "deploy_only" and any(body.get(name) for name in ("commitId", "imageUrl", "clearCache")):
        raise bad_request("deployMode deploy_only cannot be combined with commitId, imageUrl or clearCache")
    if service.suspended:
        raise conflict("service is suspended")
    builds = mode == "build_and_deploy"
    deploy, queued = workspace.request_deploy(service, builds=builds, commit=text_in(body, "commitId"))
    if queued:
        return no_content(202)
    # What a deploy does not have is null in the recorded answers to this request; Render's OpenAPI document, which says
    # nothing of null, is followed elsewhere.
    return json_response({"commit": None, "finishedAt": None} | deploy_payload(deploy, workspace.now()), 201)


async def list_deploys(request: Request) -> Response:
    """List deploys, newest first."""
    workspace, service = workspace_of(request), _service(request)
    page, statuses = page_request(request.query_params), wanted(request, "status")
    now = workspace.now()

    def asked_for(deploy: Deploy) -> bool:
        return (
            (not statuses or deploy.status(now) in statuses)
            and within(request, "created", deploy.created_at)
            and within(request, "updated", deploy.updated_at(now))
            and within(request, "finished", deploy.finished_at)
        )

    deploys = newest_first(workspace.rollout(service.id).deploys, page)
    rows = ((place, deploy) for place, deploy in deploys if asked_for(deploy))
    return json_response(page.cut("deploy", rows, lambda deploy: deploy_payload(deploy, now)))


async def get_deploy(request: Request) -> Response:
    """Return one deploy."""
    return json_response(deploy_payload(_deploy(request), workspace_of(request).now()))


async def cancel_deploy(request: Request) -> Response:
    """End a deploy that has not ended."""
    workspace, deploy = workspace_of(request), _deploy(request)
    if deploy.over:
        raise bad_request(f"deploy cannot be canceled: {deploy.finished_as}")
    now = workspace.now()
    canceled = workspace.rollout(deploy.service_id).cancel(deploy, now)
    return json_response(deploy_payload(canceled, now))


def _service(request: Request) -> Service:
    return workspace_of(request).service(key_of(request), request.path_params["service_id"])


def _deploy(request: Request) -> Deploy:
    rollout, deploy_id = workspace_of(request).rollout(_service(request).id), request.path_params["deploy_id"]
    deploy = next((deploy for deploy in rollout.deploys if deploy.id == deploy_id), None)
    if deploy is None:
        raise not_found(deploy_id)
    return deploy


_ALL = "/services/{service_id}/deploys"

ROUTES = [
    Route(_ALL, create_deploy, methods=["POST"]),
    Route(_ALL, list_deploys, methods=["GET"]),
    Route(f"{_ALL}/{{deploy_id}}", get_deploy, methods=["GET"]),
    Route(f"{_ALL}/{{deploy_id}}/cancel", cancel_deploy, methods=["POST"]),
]
