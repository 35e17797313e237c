"""Many services with many variables, for rehearsing and measuring at scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.record import Service
from reconciler.sandbox.scenarios.scenario import WORKSPACE_ID

if TYPE_CHECKING:
    from reconciler.sandbox.workspace import Workspace


def add_fleet(workspace: Workspace, *, services: int, variables: int, owner_id: str = WORKSPACE_ID) -> list[Service]:
    """Add workers `worker-00000`, … with variables `VARIABLE_000`, … to a workspace; none of them is deployed."""
    values = {f"VARIABLE_{number:03}": f"value-{number}" for number in range(variables)}
    now = workspace.now()
    names = [f"worker-{number:05}" for number in range(services)]
    made = [Service(new_id("srv"), name, "background_worker", owner_id, now, now, name) for name in names]
    return [workspace.add_service(service, values) for service in made]
