"""Rival controllers: Blueprints, which write variables of the services that reconcile keeps, and deploy them.

Render names what triggered a deploy, and its audit log the Blueprints that were applied: both by its OpenAPI document.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.domain.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from reconciler.domain.deploy import Deploy
    from reconciler.domain.state import DesiredService

RIVAL = "RC015"

BLUEPRINT_SYNC = "blueprint_sync"
"""The trigger of a deploy that a Blueprint made."""

RECENTLY = timedelta(days=90)
"""How far back it matters who changed a service."""

_TRIGGERS = {
    "api": "a request to Render's API by somebody else",
    BLUEPRINT_SYNC: "a Blueprint sync, a rival controller: it may write this service's variables too",
    "deploy_hook": "a deploy hook",
    "deployed_by_render": "Render itself",
    "manual": "a person, by hand",
    "new_commit": "a new commit",
    "rollback": "a rollback",
    "service_resumed": "the service being resumed",
    "service_updated": "a change of the service",
}
"""What triggered a deploy that was not asked for here, by the names that Render's API uses."""


def triggered_by(deploy: Deploy) -> str:
    """Say what triggered a deploy that was not asked for here."""
    return f"triggered by {_TRIGGERS.get(deploy.trigger or '', 'something that Render does not name')}"


def is_foreign(deploy: Deploy) -> bool:
    """Whether a deploy was certainly not asked for through Render's API."""
    return deploy.trigger not in {None, "api"}


def last_blueprint_deploy(deploys: Iterable[Deploy], now: datetime) -> Deploy | None:
    """Return the last deploy that a Blueprint sync made lately."""
    made = [deploy for deploy in deploys if deploy.trigger == BLUEPRINT_SYNC and now - deploy.created_at <= RECENTLY]
    return max(made, key=lambda deploy: deploy.created_at, default=None)


def rival_finding(service: DesiredService, at: datetime) -> Finding:
    """Return the warning that a Blueprint was applied to a service, at a time in UTC."""
    message = (
        f"{service.owner}: a Blueprint was synced to it at {at:%Y-%m-%d %H:%M} UTC; that is a rival controller, which "
        "may write this service's variables too"
    )
    fix = (
        "let one of the two keep each variable: take it out of the Blueprint's render.yaml, or out of services.yaml,"
        " where `ignore:` passes it over"
    )
    return Finding(RIVAL, "rival-controller", Severity.WARNING, message, None, service.location, fix)
