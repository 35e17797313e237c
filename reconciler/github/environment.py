"""What a job of GitHub's Actions is told of itself, read once and checked.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables describes the variables, and
https://docs.github.com/en/webhooks/webhook-events-and-payloads what is in the event's file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconciler.domain.value import Secret
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = "GITHUB_TOKEN"  # noqa: S105 — a variable's name
API_URL = "https://api.github.com"
SERVER_URL = "https://github.com"
LARGEST_EVENT = 32 * 1024 * 1024
"""Bytes of an event's file; GitHub sends no payload over 25 MB."""
_REPOSITORY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9_.-]{1,100}")
_SHA = r"^[0-9a-f]{40}([0-9a-f]{24})?$"
_SERVER = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The pull request that an event is about."""

    number: int
    head_sha: str | None = None
    """The newest commit of its branch; not known of events that are not about its code."""
    base_ref: str | None = None
    is_from_fork: bool = False
    """Whether its branch is in another repository, so that no secret and no right to write is there."""


@dataclass(frozen=True, slots=True)
class ActionsEnvironment:
    """A job of Actions; outside of one, what the same variables say that a person has set."""

    repository: str
    """`owner/name`."""
    server_url: str = SERVER_URL
    api_url: str = API_URL
    graphql_url: str = f"{API_URL}/graphql"
    sha: str | None = None
    """The commit that the run is for; of a pull request the merge that GitHub made to try it."""
    ref: str | None = None
    run_id: int | None = None
    run_attempt: int | None = None
    actor: str | None = None
    """The login of whoever caused the run."""
    triggering_actor: str | None = None
    """The login of whoever caused this attempt of it; another one than `actor` where it was run again."""
    event_name: str | None = None
    pull_request: PullRequest | None = None
    pushed_after: str | None = None
    """The commit that the branch was at before it was pushed to; zeros for a new branch."""
    step_summary: Path | None = None
    """The file that the step's summary is appended to."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> ActionsEnvironment:
        """Read the variables and the event's file.

        Raises `UsageError` where the repository is not named, or something is not what GitHub makes it.
        """
        api_url = environ.get("GITHUB_API_URL") or API_URL
        sha = environ.get("GITHUB_SHA") or None
        if sha is not None and not re.fullmatch(_SHA, sha):
            raise UsageError("GITHUB_SHA is not a commit's hash")
        summary = environ.get("GITHUB_STEP_SUMMARY")
        event = _event(environ.get("GITHUB_EVENT_PATH"))
        return cls(
            repository=_repository(environ),
            server_url=_server_url(environ),
            api_url=api_url,
            graphql_url=environ.get("GITHUB_GRAPHQL_URL") or f"{api_url.rstrip('/').removesuffix('/v3')}/graphql",
            sha=sha,
            ref=environ.get("GITHUB_REF") or None,
            run_id=_number(environ, "GITHUB_RUN_ID"),
            run_attempt=_number(environ, "GITHUB_RUN_ATTEMPT"),
            actor=environ.get("GITHUB_ACTOR") or None,
            triggering_actor=environ.get("GITHUB_TRIGGERING_ACTOR") or None,
            event_name=environ.get("GITHUB_EVENT_NAME") or None,
            pull_request=_pull_request(event),
            pushed_after=event.before,
            step_summary=Path(summary) if summary else None,
        )

    @property
    def run_url(self) -> str | None:
        """The address of the run's page; none outside of a run."""
        if self.run_id is None:
            return None
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"


def github_token(environ: Mapping[str, str]) -> Secret:
    """Return the token that requests are sent with; raises `UsageError` where there is none."""
    token = environ.get(TOKEN, "")
    if not token:
        raise UsageError(f"{TOKEN} is not set", remedy=f"give the step `env: {{{TOKEN}: ${{{{ github.token }}}}}}`")
    return Secret(token)


def checked_repository(text: str) -> str:
    """Return a repository's `owner/name`, or raise `UsageError` for what is none."""
    if not _REPOSITORY.fullmatch(text) or text.rpartition("/")[2] in {".", ".."}:
        raise UsageError("GITHUB_REPOSITORY is not of the form owner/name")
    return text


def _repository(environ: Mapping[str, str]) -> str:
    text = environ.get("GITHUB_REPOSITORY", "")
    if not text:
        raise UsageError(
            "GITHUB_REPOSITORY is not set, so there is no repository to ask about",
            remedy="run this in a job of GitHub's Actions, or set it to owner/name",
        )
    return checked_repository(text)


def _server_url(environ: Mapping[str, str]) -> str:
    text = (environ.get("GITHUB_SERVER_URL") or SERVER_URL).rstrip("/")
    if not _SERVER.fullmatch(text):
        raise UsageError("GITHUB_SERVER_URL is not the address of a server")
    return text


def _number(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name, "")
    if text and not _NUMBER.fullmatch(text):
        raise UsageError(f"{name} is not a number")
    return int(text) if text else None


class _Part(BaseModel):
    """The base of the parts of an event; it has many more members."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _EventRepository(_Part):
    full_name: str


class _Branch(_Part):
    sha: Annotated[str, Field(pattern=_SHA)]
    ref: str
    repo: _EventRepository | None = None
    """Nothing where a fork was deleted."""


class _EventPullRequest(_Part):
    number: Annotated[int, Field(ge=1)]
    head: _Branch
    base: _Branch


class _EventIssue(_Part):
    number: Annotated[int, Field(ge=1)]
    pull_request: dict[str, object] | None = None
    """There where the issue is a pull request."""


class _Event(_Part):
    pull_request: _EventPullRequest | None = None
    issue: _EventIssue | None = None
    before: Annotated[str | None, Field(pattern=_SHA)] = None


def _pull_request(event: _Event) -> PullRequest | None:
    if event.pull_request is not None:
        head, base = event.pull_request.head, event.pull_request.base
        same = head.repo is not None and base.repo is not None and head.repo.full_name == base.repo.full_name
        return PullRequest(event.pull_request.number, head.sha, base.ref, is_from_fork=not same)
    if event.issue is not None and event.issue.pull_request is not None:
        return PullRequest(event.issue.number)
    return None


def _event(name: str | None) -> _Event:
    if not name:
        return _Event()
    path = Path(name)
    try:
        if path.stat().st_size > LARGEST_EVENT:
            raise UsageError(f"{path}, named by GITHUB_EVENT_PATH, is too large to be an event")
        return _Event.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}, named by GITHUB_EVENT_PATH: {error.strerror}") from error
    except ValidationError:
        # Its text would quote the event.
        raise UsageError(f"{path}, named by GITHUB_EVENT_PATH, is not an event of GitHub's") from None
