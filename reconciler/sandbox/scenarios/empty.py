"""A workspace with nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.record import Owner
from reconciler.sandbox.scenarios.scenario import WORKSPACE_ID, Scenario

if TYPE_CHECKING:
    from reconciler.sandbox.workspace import Workspace


def empty(workspace: Workspace) -> Scenario:
    """Make the workspace, and nothing in it."""
    workspace.owners.put(Owner(WORKSPACE_ID, "Example", "team@example.com"))
    return Scenario("empty")
