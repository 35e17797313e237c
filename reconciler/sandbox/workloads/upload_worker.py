"""The incident's upload worker: checks its variables, connects, then processes documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.workloads.requirements import faults_of
from reconciler.sandbox.workloads.script import Line, Script, crashing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.workloads.script import Surroundings

REQUIRED = (
    "SUPABASE_URL",
    "SUPABASE_ANON_KEY",
    "SUPABASE_SERVICE_ROLE_KEY",
    "DATABASE_URL",
    "OPENAI_API_KEY",
    "LLAMAPARSE_API_KEY",
    "DOCUMENT_ENCRYPTION_KEY",
)


def upload_worker(name: str, variables: Mapping[str, str], surroundings: Surroundings) -> Script:
    """Start when all is right; else say what is wrong, exit, and be started again."""
    hello = Line(f"{name}: starting, log level {variables.get('LOG_LEVEL', 'warning')}")
    if faults := faults_of(REQUIRED, variables, surroundings):
        return crashing((hello, *faults, Line("worker exited with status 1", "error")), surroundings.pace)
    return Script(
        opening=(hello, Line("connected to database"), Line("worker started")),
        cycle=(Line("processed document {n}"),),
        cycle_every=surroundings.pace.work_every,
    )
