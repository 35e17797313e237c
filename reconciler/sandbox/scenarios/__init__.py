"""What a sandbox can start as, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.scenarios.default import default
from reconciler.sandbox.scenarios.empty import empty
from reconciler.sandbox.scenarios.fleet import add_fleet
from reconciler.sandbox.scenarios.incident import incident
from reconciler.sandbox.scenarios.scenario import WORKSPACE_ID, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.sandbox.workspace import Workspace

SCENARIOS: Mapping[str, Callable[[Workspace], Scenario]] = {"empty": empty, "default": default, "incident": incident}
"""Scenarios by name; each fills an empty workspace."""

__all__ = ["SCENARIOS", "WORKSPACE_ID", "Scenario", "add_fleet"]
