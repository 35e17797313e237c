"""What an answer that is no success means: an error with GitHub's own words, and what to do about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.domain.printable import printable
from reconciler.errors import GitHubError
from reconciler.github.payload import REFUSAL

if TYPE_CHECKING:
    from reconciler.domain.value import Secret
    from reconciler.github.endpoints import Endpoint
    from reconciler.github.transport import Reply

MESSAGE_LENGTH = 300
_WINDOW = 8
"""A run of so many characters that is also in the token counts as a piece of it."""
_ELSEWHERE = "look at https://www.githubstatus.com, then run this again"


def refusal(endpoint: Endpoint, what: str, reply: Reply, token: Secret) -> GitHubError:
    """Return the error for an answer that is not what was asked for."""
    status = reply.status
    said = f"GitHub refused {endpoint.method} of {what} ({status})"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        message = f"GitHub answered {endpoint.method} of {what} with a redirect ({status}), which is never followed"
        return GitHubError(
            f"{message}: it could carry the token away",
            status=status,
            remedy="where the repository was renamed, set GITHUB_REPOSITORY to its new name; else check GITHUB_API_URL",
        )
    if words := message_of(reply, token):
        said = f"{said}: {words}"
    return GitHubError(said, status=status, remedy=_remedy(endpoint, status))


def limited(endpoint: Endpoint, what: str, wait: float, status: int) -> GitHubError:
    """Return the error for a refusal for a rate limit that is not waited out."""
    return GitHubError(
        f"GitHub refused {endpoint.method} of {what}: its rate limit is reached, and it asks to wait {round(wait):,} s",
        status=status,
        remedy="run this again later; other jobs with the same token may be using up the limit",
    )


def message_of(reply: Reply, token: Secret) -> str:
    """Return what an error's body says, bounded and on one line; nothing where a piece of the token is in it."""
    try:
        message = printable(REFUSAL.validate_json(reply.body).message[:MESSAGE_LENGTH])
    except ValidationError:
        return ""
    return "" if holds_token(message, token) else message


def holds_token(text: str, token: Secret) -> bool:
    """Tell whether a piece of the token is in a text that a server wrote."""
    secret = token.reveal()
    windows = [secret[start : start + _WINDOW] for start in range(max(len(secret) - _WINDOW, 0) + 1)]
    return any(window in text for window in windows)


def permission_remedy(endpoint: Endpoint) -> str:
    """Say which line gives a job the right that it lacks, and when no line does."""
    return (
        f"give the job `permissions: {{{endpoint.permission}}}`; "
        "runs for pull requests from forks and for Dependabot have no right to write, whatever it says"
    )


def _remedy(endpoint: Endpoint, status: int) -> str:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return "give the step a token that is valid: `env: {GITHUB_TOKEN: ${{ github.token }}}`"
        case HTTPStatus.FORBIDDEN:
            return permission_remedy(endpoint)
        case HTTPStatus.NOT_FOUND:
            # In a private repository GitHub hides what the token may not see.
            return f"check that it exists in GITHUB_REPOSITORY, or {permission_remedy(endpoint)}"
        case HTTPStatus.GONE | HTTPStatus.LOCKED:
            return "see whether its conversation is locked, or issues are switched off"
        case _:
            return _ELSEWHERE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "check GITHUB_API_URL"
