"""GitHub with a reviewer who looks at the plan that a run kept, and names its digest when they approve.

Its answers have every member that GitHub's examples have, so that they can be held against GitHub's description.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.routing import Route

from tests.github.prism import example
from tests.github.reviewed import PULL, RUN, ReviewedGitHub, ago, user
from tests.github.stand_in import served
from tests.github.test_described_approvals import filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

REVIEWER = "rina"


@dataclass
class ReviewingGitHub(ReviewedGitHub):
    """One repository; what is merged in it begins a run."""

    plan: Path | None = None
    """The plan that the reviewer approves, once it is there; nothing, and nobody approves anything."""

    def merge(self, base: str, head: str, merge: str, author: str) -> None:
        """Know of a pull request that was merged, and of the run that this began."""
        self.approvals.clear()
        people = {"actor": user(author), "triggering_actor": user(author)}
        begun = {"event": "push", "head_sha": merge, "created_at": ago(minutes=1)}
        self.runs[RUN] = {"id": RUN, "run_attempt": 1, **begun, **people}
        for sha, parents in ((head, [base]), (merge, [base, head])):
            self.add_commit(sha, parents, author=user(author))
        self.pushed, self.of_request = [head, merge], [head]
        self.runs[RUN] = filled(example("workflow-run"), self.runs[RUN])
        (commit, *_), pull = example("commit-items"), example("pull-request")
        self.commits = {sha: filled(commit, each) for sha, each in self.commits.items()}
        self.add_pull(PULL, user=user(author), commits=1, merge_commit_sha=merge, merged_at=ago(minutes=1))
        # GitHub's own example of a team lacks what its description demands.
        more = {"head": pull["head"] | {"sha": head}, "requested_teams": []}
        self.pulls[PULL] = filled(pull, self.pulls[PULL] | more)

    def add_issue(self, title: str, body: str, login: str | None = None) -> dict[str, Any]:
        issue: dict[str, Any] = filled(example("issue"), super().add_issue(title, body, login))
        issue.pop("pull_request", None)
        self.issues[-1] = issue
        return issue

    def _carry_out(self, request: Request, body: Any) -> Response:  # noqa: ANN401 — JSON
        if request.url.path.endswith(f"/actions/runs/{RUN}/approvals") and self.plan is not None:
            self.approvals.clear()
            digest = json.loads(self.plan.read_text("utf-8"))["digest"]
            self.approve(f"Looks right: {digest[:12]}", REVIEWER)
            (example_of_one,) = example("environment-approvals-items")
            self.approvals = [filled(example_of_one, each) for each in self.approvals]
        return super()._carry_out(request, body)


@contextmanager
def reviewing_github() -> Iterator[ReviewingGitHub]:
    """Run it for the length of a `with` block."""
    state = ReviewingGitHub()
    state.add_pull(PULL)
    app = Starlette(routes=[Route("/{path:path}", state.answer, methods=["GET", "POST", "PATCH"])])
    with served(app) as url:
        state.url = url
        yield state
