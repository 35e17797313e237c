"""A small healthy workspace: a web service, a worker and a group that both are linked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.entries import VARIABLES
from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.record import EnvGroup, Owner, Service
from reconciler.sandbox.scenarios.scenario import WORKSPACE_ID, Scenario

if TYPE_CHECKING:
    from reconciler.sandbox.workspace import Workspace


def default(workspace: Workspace) -> Scenario:
    """Make the workspace and let everything run."""
    workspace.owners.put(Owner(WORKSPACE_ID, "Example", "team@example.com"))
    now = workspace.now()
    group = workspace.add_group(EnvGroup(new_id("evg"), "shared", WORKSPACE_ID, now, now))
    workspace.put_entry(group.id, VARIABLES, "REGION", "eu")
    for name, kind in (("web", "web_service"), ("worker", "background_worker")):
        health = "/health" if kind == "web_service" else ""
        service = Service(new_id("srv"), name, kind, WORKSPACE_ID, now, now, name, health_check_path=health)
        workspace.add_service(service, {"LOG_LEVEL": "info", "GREETING": "hello"})
        group = workspace.link(group, service, linked=True)
        workspace.request_deploy(service, trigger="new_commit")
    return Scenario("default")
