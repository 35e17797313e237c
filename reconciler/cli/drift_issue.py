"""`reconcile drift --issue`: one issue on GitHub that says what drifted, and is closed when nothing does any more."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.cli.clock import SystemClock
from reconciler.cli.git import place_in_repository
from reconciler.cli.progress import progress
from reconciler.domain.provenance import UNEXPLAINED
from reconciler.github import ActionsEnvironment, GitHubConnection, github_token
from reconciler.github.issues import ISSUE_LIMIT, DriftIssue, Fate, tell_drift
from reconciler.report.drift_markdown import drift_markdown
from reconciler.report.inline import inline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.settings import Settings
    from reconciler.domain.provenance import Explanation
    from reconciler.domain.value import Secret
    from reconciler.workflows.drift import Drift

_BELOW = 1_000
"""Bytes kept for the sentences below what drifted."""
_TITLE_LIMIT = 200
_SAID = {
    Fate.OPENED: "Opened an issue about it: {}",
    Fate.UPDATED: "Brought the issue about it up to date: {}",
    Fate.CLOSED: "Closed the issue: {}",
    Fate.NONE: "There is no issue about it to close.",
}


@dataclass(frozen=True, slots=True)
class IssueTracker:
    """Where the issue is kept."""

    environment: ActionsEnvironment
    token: Secret

    @classmethod
    def open(cls) -> IssueTracker:
        """Read the environment before anything else is done; raises `UsageError` where something is missing."""
        return cls(ActionsEnvironment.read(os.environ), github_token(os.environ))

    def tell(
        self,
        settings: Settings,
        drift: Drift,
        scope: Sequence[str],
        explanation: Explanation = UNEXPLAINED,
        *,
        drifted: bool,
    ) -> None:
        """Open, update or close the issue, and say which; raises `GitHubError`."""
        issue = DriftIssue(
            place_in_repository(settings.file) or str(settings.file),
            tuple(scope),
            _title(settings, scope),
            self._text(drift, explanation, drifted=drifted),
        )
        fate, address = asyncio.run(self._tell(issue, drifted=drifted))
        settings.tell(_SAID[fate].format(address))

    async def _tell(self, issue: DriftIssue, *, drifted: bool) -> tuple[Fate, str | None]:
        with progress() as shown:
            async with GitHubConnection(self.environment, self.token, clock=SystemClock(), progress=shown) as github:
                return await tell_drift(github, issue, is_there=drifted)

    def _text(self, drift: Drift, explanation: Explanation, *, drifted: bool) -> str:
        where = f" by [this run]({self.environment.run_url})" if self.environment.run_url else ""
        next_step = (
            "`reconcile plan` says what would make Render match again. This issue is kept up to date, and closed when "
            "nothing differs any more."
            if drifted
            else "So this issue is closed."
        )
        text = drift_markdown(drift, explanation, limit=ISSUE_LIMIT - _BELOW)
        return f"{text}\n\nLooked at {drift.checked_at:%Y-%m-%d %H:%M} UTC{where}. {next_step}\n"


def _title(settings: Settings, scope: Sequence[str]) -> str:
    only = f" ({', '.join(scope)})" if scope else ""
    title = inline(f"Render is not as {settings.file} says{only}")
    return title if len(title) <= _TITLE_LIMIT else f"{title[:_TITLE_LIMIT]}…"
