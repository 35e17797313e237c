"""The stand-in for GitHub's API with what approvals are judged by: runs, their reviewers, commits and reviews."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.github.comments import Marker
from tests.github.stand_in import BOT, REPOSITORY, GitHub, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

RUN = 4217
PULL = 7
HEAD, MERGE, BASE, TRIAL = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
"""The pull request's newest commit, what its merge made, what the branch was at before, and GitHub's trial merge."""
DEVELOPER, REVIEWER, OTHER = "devi", "rina", "otto"


def ago(**length: float) -> str:
    return (datetime.now(UTC) - timedelta(**length)).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(login: str, number: int | None = None) -> dict[str, Any]:
    return {"login": login, "id": number or sum(login.casefold().encode()), "type": "User"}


@dataclass
class ReviewedGitHub(GitHub):
    """One repository with a pull request of the developer's that was merged, and the run that this began."""

    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    approvals: list[dict[str, Any]] = field(default_factory=list)
    commits: dict[str, dict[str, Any]] = field(default_factory=dict)
    pushed: list[str] = field(default_factory=lambda: [MERGE])
    of_request: list[str] = field(default_factory=lambda: [HEAD])
    reviews: list[dict[str, Any]] = field(default_factory=list)
    approvals_left: int = 1_000_000
    """How many more times the approvals are told before they are taken back."""
    editors: dict[str, str] = field(default_factory=dict)
    """Who edited which comment last."""

    def set_up(self, event: str = "push") -> None:
        """Begin anew."""
        for several in (self.comments, self.approvals, self.reviews, self.troubles, self.editors, self.minimized):
            several.clear()
        head = MERGE if event == "push" else HEAD
        self.runs[RUN] = {
            "id": RUN,
            "run_attempt": 1,
            "event": event,
            "head_sha": head,
            "created_at": ago(minutes=10),
            "actor": user(DEVELOPER),
            "triggering_actor": user(DEVELOPER),
        }
        for sha, parents in ((HEAD, [BASE]), (MERGE, [BASE, HEAD]), (TRIAL, [BASE, HEAD])):
            self.add_commit(sha, parents)
        self.add_pull(PULL, user=user(DEVELOPER), commits=1, merge_commit_sha=MERGE, merged_at=ago(minutes=11))

    def add_commit(self, sha: str, parents: list[str], **members: object) -> None:
        self.commits[sha] = {
            "sha": sha,
            "parents": [{"sha": parent} for parent in parents],
            "commit": {"message": "Change it"},
            "author": user(DEVELOPER),
            "committer": user("web-flow"),
            **members,
        }

    def approve(self, comment: str, login: str = REVIEWER, **members: object) -> None:
        environments = [{"id": 1, "name": "Production"}]
        one = {"environments": environments, "state": "approved", "user": user(login), "comment": comment}
        self.approvals.append({**one, **members})

    def review(self, login: str = REVIEWER, **members: object) -> None:
        one = {"id": len(self.reviews) + 1, "user": user(login), "state": "APPROVED", "body": "Good"}
        self.reviews.append({**one, "commit_id": HEAD, "submitted_at": ago(minutes=2), **members})

    def show(self, digest: str, login: str = BOT, **length: float) -> dict[str, Any]:
        comment = self.add_comment(PULL, f"{Marker('0' * 16, digest)}The plan", login)
        comment["created_at"] = ago(minutes=8)
        comment["updated_at"] = ago(**(length or {"minutes": 5}))
        return comment

    def job(self, folder: Path, **members: str) -> dict[str, str]:
        """What a job of the run is told."""
        event = folder / "event.json"
        event.write_text(json.dumps({"before": BASE}))
        return {
            **self.environ,
            "GITHUB_ACTIONS": "true",
            "GITHUB_RUN_ID": str(RUN),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_ACTOR": DEVELOPER,
            "GITHUB_EVENT_PATH": str(event),
            **members,
        }

    def _carry_out(self, request: Request, body: Any) -> Response:  # noqa: ANN401 — JSON
        path = request.url.path.removeprefix(f"/repos/{REPOSITORY}")
        match (request.method, *path.strip("/").split("/")):
            case ("GET", "actions", "runs", number) if int(number) in self.runs:
                return JSONResponse(self.runs[int(number)])
            case ("GET", "actions", "runs", number, "approvals") if int(number) in self.runs:
                self.approvals_left -= 1
                return JSONResponse(self.approvals if self.approvals_left >= 0 else [])
            case ("GET", "commits", sha) if sha in self.commits:
                return JSONResponse(self.commits[sha])
            case ("GET", "commits", sha, "pulls") if sha in {HEAD, MERGE}:
                return self._paged(request, [*self.pulls.values()])
            case ("GET", "compare", _):
                listed = [self.commits[sha] for sha in self.pushed]
                return JSONResponse({"total_commits": len(listed), "commits": listed})
            case ("GET", "pulls", _, "commits"):
                return self._paged(request, [self.commits[sha] for sha in self.of_request])
            case ("GET", "pulls", _, "reviews"):
                return self._paged(request, self.reviews)
            case ("POST", "graphql") if "editor" in body["query"]:
                return self._who_wrote(body["variables"]["ids"])
            case _:
                return super()._carry_out(request, body)

    def _who_wrote(self, names: list[str]) -> Response:
        known = {each["node_id"]: each for each in self.comments}
        nodes = [
            {
                "viewerDidAuthor": known[name]["user"]["login"] == self.login,
                "isMinimized": name in self.minimized,
                "author": {"login": known[name]["user"]["login"].removesuffix("[bot]")},
                "editor": {"login": self.editors[name]} if name in self.editors else None,
            }
            for name in names
        ]
        return JSONResponse({"data": {"nodes": nodes}})


@contextmanager
def reviewed_github(event: str = "push") -> Iterator[ReviewedGitHub]:
    """Run a stand-in for the length of a `with` block."""
    state = ReviewedGitHub()
    state.set_up(event)
    app = Starlette(routes=[Route("/{path:path}", state.answer, methods=["GET", "POST", "PATCH"])])
    with served(app) as url:
        state.url = url
        yield state
