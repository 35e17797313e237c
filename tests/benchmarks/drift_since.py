"""Requests: what looking for drift since a run costs, in a fleet of which a few services were changed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from reconciler.sandbox import NO_LIMITS
from tests.benchmarks.figure import Figure
from tests.benchmarks.fleet import fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = 1000
CHANGED = 5


def figures() -> Iterator[Figure]:
    """Change some services; the apply before it writes one."""
    with fleet(SERVICES, 1, NO_LIMITS) as many:
        workspace = many.sandbox.workspace
        key = workspace.keys[many.sandbox.api_key]
        long_ago = datetime.now(UTC) - timedelta(days=2)
        workspace.note_at(long_ago, "LoginEvent", many.sandbox.owner_id, {}, actor=("user", key))
        command = [sys.executable, "-m", "reconciler", "-f", str(many.file)]
        text = many.file.read_text()
        many.file.write_text(text.replace(": value-0", ": changed-0", 1))
        run = [*command, "apply", "--no-deploy", "--auto-approve"]
        subprocess.run(run, env=many.env, check=True, stdout=subprocess.DEVNULL)
        for service in many.services[-CHANGED:]:
            body = {"service": service.id, "key": "VARIABLE_000", "value": "by-hand", "email": "ann@example.com"}
            httpx.post(f"{many.sandbox.control_url}/edits", json=body).raise_for_status()
        before = len(many.requests())
        subprocess.run([*command, "drift", "--since", "1"], env=many.env, check=True, stdout=subprocess.DEVNULL)
        spent = len(many.requests()) - before
    # The listing; two looks into the audit log, and one for who it was; each service that was changed; the one that was
    # written, and its deploys, since one is owed.
    floor = SERVICES // 100 + 1 + 3 + CHANGED + 2
    yield Figure(f"drift of {SERVICES} services since a run, {CHANGED} changed, requests", "", spent, 1.0, floor)
