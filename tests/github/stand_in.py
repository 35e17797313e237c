"""A stand-in for GitHub's API: keeps pull requests and their comments, knows who wrote what, and can be troubled."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import secrets
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

REPOSITORY = "octo/shop"
BOT = "github-actions[bot]"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Trouble:
    """What happens to the next request whose method and path fit, before it is carried out or in place of that."""

    method: str
    path: str
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    is_carried_out: bool = False
    """Whether what was asked for is done before the answer goes wrong."""
    is_dropped: bool = False
    """Whether the connection ends in the middle of the answer."""


@dataclass
class Seen:
    """A request."""

    method: str
    path: str
    query: str
    body: Any
    headers: dict[str, str]


class Dropped(Response):
    """An answer that breaks off."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — the interface
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


@dataclass
class GitHub:
    """The state of one repository, and what was asked of it."""

    url: str = ""
    token: str = field(default_factory=lambda: f"ghs_{secrets.token_urlsafe(24)}")
    login: str = BOT
    """Whom the token belongs to."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    minimized: set[str] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    page: int = 100
    """The most items of a page."""
    link_host: str | None = None
    """What `Link` names as the host; its own where nothing is said."""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add_pull(self, number: int, **members: object) -> None:
        head = {"label": "octo:change", "ref": "change", "sha": "a" * 40, "repo": None, "user": None}
        self.pulls[number] = {"number": number, "head": head, "merged_at": None, "merge_commit_sha": None, **members}

    def add_comment(self, number: int, body: str, login: str | None = None) -> dict[str, Any]:
        made = next(self._ids)
        now = (NOW + timedelta(seconds=made)).isoformat()
        comment = {
            "id": made,
            "node_id": f"IC_{made}",
            "url": f"{self.url}/repos/{REPOSITORY}/issues/comments/{made}",
            "html_url": f"https://github.example/{REPOSITORY}/pull/{number}#issuecomment-{made}",
            "issue_url": f"{self.url}/repos/{REPOSITORY}/issues/{number}",
            "body": body,
            "user": account(login or self.login),
            "created_at": now,
            "updated_at": now,
            "author_association": "NONE",
        }
        self.comments.append(comment)
        return comment

    def add_issue(self, title: str, body: str, login: str | None = None) -> dict[str, Any]:
        number = 100 + len(self.issues)
        issue = {
            "id": 1000 + number,
            "node_id": f"I_{number}",
            "number": number,
            "url": f"{self.url}/repos/{REPOSITORY}/issues/{number}",
            "html_url": f"https://github.example/{REPOSITORY}/issues/{number}",
            "title": title,
            "body": body,
            "state": "open",
            "user": {"login": login or self.login, "id": len(login or self.login)},
        }
        self.issues.append(issue)
        return issue

    def of_pull(self, number: int) -> list[dict[str, Any]]:
        return [each for each in self.comments if each["issue_url"].endswith(f"/issues/{number}")]

    def shown(self, number: int) -> list[str]:
        """The bodies of what nobody has folded away."""
        return [each["body"] for each in self.of_pull(number) if each["node_id"] not in self.minimized]

    def requests(self, method: str) -> list[str]:
        return [each.path for each in self.seen if each.method == method]

    def trouble(self, method: str, path: str, **members: Any) -> None:  # noqa: ANN401 — those of Trouble
        self.troubles.append(Trouble(method, path, **members))

    @property
    def environ(self) -> dict[str, str]:
        """What a job of Actions would be told."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": self.token,
        }

    async def answer(self, request: Request) -> Response:
        raw = await request.body()
        body = json.loads(raw) if raw else None
        self.seen.append(Seen(request.method, request.url.path, request.url.query, body, dict(request.headers)))
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"message": "Bad credentials"}, 401)
        trouble = next((each for each in self.troubles if _fits(each, request)), None)
        if trouble is None:
            return self._carry_out(request, body)
        self.troubles.remove(trouble)
        if trouble.is_carried_out:
            self._carry_out(request, body)
        if trouble.is_dropped:
            return Dropped()
        headers = {"date": "Fri, 02 Jan 2026 03:04:05 GMT", **trouble.headers}
        return JSONResponse(trouble.body or {"message": "Troubled"}, trouble.status, headers)

    def _carry_out(self, request: Request, body: Any) -> Response:  # noqa: ANN401 — JSON
        # A server of one's own has the same below a prefix of its own.
        path = re.sub(r"^/api(/v3)?", "", request.url.path).removeprefix(f"/repos/{REPOSITORY}")
        match (request.method, *path.strip("/").split("/")):
            case ("GET", "issues", number, "comments"):
                return self._paged(request, self.of_pull(int(number)))
            case ("POST", "issues", number, "comments") if int(number) in self.pulls:
                return JSONResponse(self.add_comment(int(number), body["body"]), 201)
            case ("PATCH", "issues", "comments", made):
                return self._update(int(made), body["body"])
            case ("GET", "issues"):
                opened = [each for each in reversed(self.issues) if each["state"] == "open"]
                return self._paged(request, opened + [{**each, "pull_request": {}} for each in opened[:1]])
            case ("POST", "issues"):
                return JSONResponse(self.add_issue(body["title"], body["body"]), 201)
            case ("PATCH", "issues", number):
                (issue,) = [each for each in self.issues if each["number"] == int(number)]
                issue.update(body)
                return JSONResponse(issue)
            case ("GET", "pulls", number) if int(number) in self.pulls:
                return JSONResponse(self.pulls[int(number)])
            case ("GET", "commits", sha, "pulls"):
                return self._paged(request, [each for each in self.pulls.values() if each["merge_commit_sha"] == sha])
            case ("POST", "graphql"):
                return self._graphql(body)
            case _:
                return JSONResponse({"message": "Not Found"}, 404)

    def _update(self, made: int, body: str) -> Response:
        comment = next((each for each in self.comments if each["id"] == made), None)
        if comment is None or comment["user"]["login"] != self.login:
            return JSONResponse({"message": "Resource not accessible by integration"}, 403)
        comment["body"] = body
        comment["updated_at"] = (NOW + timedelta(hours=1)).isoformat()
        return JSONResponse(comment)

    def _paged(self, request: Request, items: list[dict[str, Any]]) -> Response:
        size = min(int(request.query_params.get("per_page", "30")), self.page)
        number = int(request.query_params.get("page", "1"))
        rest = items[number * size :]
        host = self.link_host or self.url
        link = {"link": f'<{host}/repositories/7{request.url.path}?per_page={size}&page={number + 1}>; rel="next"'}
        return JSONResponse(items[(number - 1) * size : number * size], headers=link if rest else {})

    def _graphql(self, body: dict[str, Any]) -> Response:
        if "minimizeComment" in body["query"]:
            self.minimized.add(body["variables"]["id"])
            return JSONResponse({"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}})
        known = {each["node_id"]: each for each in (*self.comments, *self.issues)}
        nodes = [
            {"viewerDidAuthor": known[name]["user"]["login"] == self.login, "isMinimized": name in self.minimized}
            if name in known
            else None
            for name in body["variables"]["ids"]
        ]
        return JSONResponse({"data": {"nodes": nodes}})


def account(login: str) -> dict[str, Any]:
    """An account with all that GitHub says of one."""
    home = f"https://api.github.example/users/{quote(login)}"
    lists = ("followers", "subscriptions", "organizations", "repos", "received_events", "following", "gists")
    return {
        "login": login,
        "id": len(login),
        "node_id": f"U_{login}",
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
        "gravatar_id": "",
        "avatar_url": f"{home}/avatar",
        "url": home,
        "html_url": home,
        **{f"{name}_url": f"{home}/{name}" for name in (*lists, "starred", "events")},
    }


def _fits(trouble: Trouble, request: Request) -> bool:
    return trouble.method == request.method and re.search(trouble.path, request.url.path) is not None


@contextmanager
def github() -> Iterator[GitHub]:
    """Run a stand-in for the length of a `with` block."""
    state = GitHub()
    state.add_pull(7)
    app = Starlette(routes=[Route("/{path:path}", state.answer, methods=["GET", "POST", "PATCH", "DELETE", "PUT"])])
    with served(app) as url:
        state.url = url
        yield state


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve an application on a free port of this machine, and return its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, date_header=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        # The listener queues what comes before the server is up.
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        with contextlib.suppress(OSError):
            listener.close()
