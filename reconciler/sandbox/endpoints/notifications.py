"""What people are told of a service, where that is not what the workspace says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.routing import Route

from reconciler.sandbox.answer import json_response
from reconciler.sandbox.endpoints.asking import key_of, object_of, text_in, workspace_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.record import Service

_CHOICES = ("default", "none", "failure", "all")
_PREVIEW_CHOICES = ("default", "false", "true")


async def get_override(request: Request) -> Response:
    """Return what a service says of notifications."""
    return json_response(_payload(_service(request)))


async def change_override(request: Request) -> Response:
    """Change what a service says of notifications."""
    workspace, service, body = workspace_of(request), _service(request), await object_of(request)
    changed = replace(
        service,
        notify=text_in(body, "notificationsToSend", service.notify, _CHOICES),
        notify_of_previews=text_in(body, "previewNotificationsEnabled", service.notify_of_previews, _PREVIEW_CHOICES),
    )
    return json_response(_payload(workspace.services.put(changed)))


def _service(request: Request) -> Service:
    return workspace_of(request).service(key_of(request), request.path_params["service_id"])


def _payload(service: Service) -> dict[str, str]:
    return {
        "serviceId": service.id,
        "notificationsToSend": service.notify,
        "previewNotificationsEnabled": service.notify_of_previews,
    }


_ONE = "/notification-settings/overrides/services/{service_id}"

ROUTES = [
    Route(_ONE, get_override, methods=["GET"]),
    Route(_ONE, change_override, methods=["PATCH"]),
]
