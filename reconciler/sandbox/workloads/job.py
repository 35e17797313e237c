"""A one-off job: a command run once with the variables of a deploy.

No command is really run. One that mentions `DATABASE_URL` connects to the database that variable names; `false` and
`exit` with a number other than 0 fail; anything else succeeds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.sandbox.workloads.script import Line, Script
from reconciler.sandbox.workloads.supabase import database_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.workloads.script import Surroundings

_FAILS = re.compile(r"(^|[;&|\s])(false|exit\s+[1-9]\d*)\s*($|[;&|])")


def job(command: str, variables: Mapping[str, str], surroundings: Surroundings) -> Script:
    """Say how the command would end."""
    fault: str | None = None
    lines = [Line("job started")]
    if "DATABASE_URL" in command:
        url = variables.get("DATABASE_URL")
        fault = database_fault(url, surroundings.projects) if url else "KeyError: 'DATABASE_URL'"
        lines.append(Line(fault, "error") if fault else Line("database reachable"))
    failed = fault is not None or bool(_FAILS.search(command))
    lines.append(Line("exited with status 1", "error") if failed else Line("exited with status 0"))
    return Script(opening=tuple(lines), healthy=not failed)
