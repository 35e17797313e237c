"""The incident's API: a web service that answers its health check when its variables are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.workloads.requirements import faults_of
from reconciler.sandbox.workloads.script import Line, Script, crashing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.workloads.script import Surroundings

REQUIRED = ("SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL")


def api(name: str, variables: Mapping[str, str], surroundings: Surroundings) -> Script:
    """Listen when all is right; else say what is wrong, exit, and be started again."""
    hello = Line(f"{name}: starting")
    if faults := faults_of(REQUIRED, variables, surroundings):
        return crashing((hello, *faults, Line("Application startup failed. Exiting.", "error")), surroundings.pace)
    return Script(opening=(hello, Line("Application startup complete."), Line("listening on port 10000")))
