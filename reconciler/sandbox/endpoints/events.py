"""Events of a service: what its deploys went through, its crashes, and what people did to it."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from reconciler.sandbox.answer import json_response
from reconciler.sandbox.clock import stamp
from reconciler.sandbox.endpoints.asking import key_of, moment, wanted, workspace_of
from reconciler.sandbox.identifier import derived_id
from reconciler.sandbox.page import newest_first, page_request
from reconciler.sandbox.record import ServiceEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.deploy import Deploy
    from reconciler.sandbox.instance import Instance
    from reconciler.sandbox.rollout import Rollout

_CRASHES = 50
"""The newest crashes of an instance that are told; nobody reads a crash loop of days."""
_ENDINGS = {"live": "succeeded", "deactivated": "succeeded", "canceled": "canceled"}


async def list_events(request: Request) -> Response:
    """List events, newest first."""
    workspace = workspace_of(request)
    service = workspace.service(key_of(request), request.path_params["service_id"])
    page, types, now = page_request(request.query_params), wanted(request, "type"), workspace.now()
    start, end = moment(request, "startTime"), moment(request, "endTime") or now
    computed = _of_deploys(workspace.rollout(service.id), now)
    events = sorted([*workspace.events.get(service.id, []), *computed], key=lambda event: (event.at, event.id))

    def payload(event: ServiceEvent) -> dict[str, Any]:
        return {
            "id": event.id,
            "timestamp": stamp(event.at),
            "serviceId": service.id,
            "type": event.type,
            "details": _details(event),
        }

    rows = (
        (place, event)
        for place, event in newest_first(events, page)
        if (not types or event.type in types) and event.at <= end and (start is None or event.at >= start)
    )
    return json_response(page.cut("event", rows, payload))


def _of_deploys(rollout: Rollout, now: datetime) -> Iterator[ServiceEvent]:
    for deploy in rollout.deploys:
        if deploy.phases:
            started = derived_id("evt", deploy.id, "started")
            yield ServiceEvent(started, deploy.phases[0].at, "deploy_started", _trigger(deploy))
        if deploy.finished_at and deploy.finished_as:
            ended, status = derived_id("evt", deploy.id, "ended"), _ENDINGS.get(deploy.finished_as, "failed")
            details: dict[str, str | None] = {"deployId": deploy.id, "deployStatus": status}
            yield ServiceEvent(ended, deploy.finished_at, "deploy_ended", details)
    for instance in rollout.instances:
        yield from _crashes(instance, now)


def _trigger(deploy: Deploy) -> dict[str, str | None]:
    return {"deployId": deploy.id, "trigger": deploy.trigger}


def _crashes(instance: Instance, now: datetime) -> Iterator[ServiceEvent]:
    if instance.script.healthy:
        return
    rounds = instance.rounds_between(instance.started_at, now)
    for at in (*islice(rounds, _CRASHES), instance.started_at + timedelta(milliseconds=1)):
        details: dict[str, str | None] = {"instanceID": instance.id}
        yield ServiceEvent(derived_id("evt", instance.id, stamp(at)), at, "server_failed", details)


def _details(event: ServiceEvent) -> dict[str, Any]:
    details: dict[str, Any] = dict(event.details)
    if event.type == "deploy_started":
        names = ("firstBuild", "envUpdated", "manual", "deployedByRender", "clearCache", "rollback")
        flags = {"manual": "manual", "deployed_by_render": "deployedByRender", "rollback": "rollback"}
        details["trigger"] = dict.fromkeys(names, False) | {
            flag: True for trigger, flag in flags.items() if details["trigger"] == trigger
        }
    if event.type == "deploy_ended":
        status = details["deployStatus"]
        details["reason"] = {"failure": {"evicted": False, "nonZeroExit": 1}} if status == "failed" else {}
        details["status"] = {"succeeded": 2, "failed": 3, "canceled": 4}[status]
    if event.type == "server_failed":
        details["reason"] = {"evicted": False, "nonZeroExit": 1}
    return details


ROUTES = [Route("/services/{service_id}/events", list_events, methods=["GET"])]
