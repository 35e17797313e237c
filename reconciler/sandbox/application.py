"""The whole sandbox as one ASGI application."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from reconciler.sandbox.answer import json_response
from reconciler.sandbox.endpoints import (
    control,
    datastores,
    deploys,
    entries,
    env_groups,
    events,
    jobs,
    logs,
    notifications,
    owners,
    projects,
    running,
    services,
)
from reconciler.sandbox.fault import Faults
from reconciler.sandbox.gateway import Gateway, Seen
from reconciler.sandbox.rate_limit import RateLimiter
from reconciler.sandbox.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.rate_limit import Limit
    from reconciler.sandbox.workspace import Workspace

_MODULES = (services, entries, env_groups, deploys, jobs, events, logs, owners, datastores, projects, notifications)
API_ROUTES = [route for module in _MODULES for route in module.ROUTES]
"""What is served of Render's API, with paths below `/v1`."""

_REQUESTS_REMEMBERED = 100_000


def application(workspace: Workspace, limits: Mapping[str, Limit], changed: Callable[[], None]) -> Gateway:
    """Return the application for a state; `changed` is called after each request that may have changed it."""
    app = Starlette(
        routes=[
            Mount("/v1", routes=API_ROUTES),
            Mount("/control", routes=control.ROUTES),
            *running.ROUTES,
        ],
        exception_handlers={RefusalError: _refused, HTTPException: _no_such_route},
    )
    app.router.redirect_slashes = False
    limiter, faults, seen = RateLimiter(limits), Faults(), deque[Seen](maxlen=_REQUESTS_REMEMBERED)
    app.state.workspace, app.state.limiter, app.state.faults, app.state.seen = workspace, limiter, faults, seen
    return Gateway(app, workspace, limiter, faults, changed, seen)


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001 — Starlette's signature
    if not isinstance(error, RefusalError):
        raise error
    return json_response({"message": error.message}, error.status)


async def _no_such_route(request: Request, error: Exception) -> Response:  # noqa: ARG001 — Starlette's signature
    if not isinstance(error, HTTPException):
        raise error
    return json_response({"message": error.detail.lower()}, error.status_code)
