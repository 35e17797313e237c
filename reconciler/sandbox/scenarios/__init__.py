"""What a sandbox can start as, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reconciler.sandbox.scenarios.default import default
from reconciler.sandbox.scenarios.empty import empty
from reconciler.sandbox.scenarios.fleet import add_fleet
from reconciler.sandbox.scenarios.from_render import from_render
from reconciler.sandbox.scenarios.incident import incident
from reconciler.sandbox.scenarios.scenario import WORKSPACE_ID, Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.workspace import Workspace

Beginning = Callable[["Workspace"], Scenario]
"""Fills an empty workspace."""

SCENARIOS: Mapping[str, Beginning] = {"empty": empty, "default": default, "incident": incident}
"""Beginnings by name."""

__all__ = ["SCENARIOS", "WORKSPACE_ID", "Beginning", "Scenario", "add_fleet", "from_render"]
