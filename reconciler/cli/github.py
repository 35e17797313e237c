"""What approvals need of GitHub: the job that a command runs in, and a connection that only reads."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reconciler.cli.clock import SystemClock
from reconciler.domain.github import Job
from reconciler.domain.plan import WorkflowRun
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reconciler.github import ActionsEnvironment
    from reconciler.ports import GitHubReader, Progress


def workflow_run() -> WorkflowRun | None:
    """Return the run of GitHub's Actions that this command is in; nothing outside of one, or where none is told."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return None
    from reconciler.github import ActionsEnvironment  # noqa: PLC0415 — only a job of Actions needs to wait for it

    # The event says nothing of the run, and a plan does not need it.
    told = {name: value for name, value in os.environ.items() if name != "GITHUB_EVENT_PATH"}
    try:
        return _run_of(ActionsEnvironment.read(told))
    except UsageError:
        return None


@asynccontextmanager
async def reading_github(progress: Progress) -> AsyncIterator[tuple[Job, GitHubReader]]:
    """Connect to GitHub about the repository in GITHUB_REPOSITORY, which no file can choose.

    Raises `UsageError` where that or the token is missing or unusable.
    """
    from reconciler.github import (  # noqa: PLC0415 — the same
        ActionsEnvironment,
        ApprovalReader,
        GitHubConnection,
        github_token,
    )

    environment = ActionsEnvironment.read(os.environ)
    is_in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    job = Job(environment.repository, _run_of(environment) if is_in_actions else None, environment.pushed_after)
    token = github_token(os.environ)
    async with GitHubConnection(environment, token, clock=SystemClock(), progress=progress) as connection:
        yield job, ApprovalReader(connection)


def _run_of(environment: ActionsEnvironment) -> WorkflowRun | None:
    if environment.run_id is None or environment.run_attempt is None:
        return None
    return WorkflowRun(environment.repository, environment.run_id, environment.run_attempt)
