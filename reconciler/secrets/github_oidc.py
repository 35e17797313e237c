"""The identity token that GitHub makes for a job: a login to a store without any long-lived key.

https://docs.github.com/en/actions/reference/security/oidc describes the two variables and the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from reconciler.domain.value import Secret
from reconciler.secrets.attempts import attempted
from reconciler.secrets.store import ForbiddenError, PassingError, UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 — a variable's name
SERVER_ERROR = 500
OK = 200


def in_github_actions(environ: Mapping[str, str]) -> bool:
    """Whether the job may ask GitHub for an identity token."""
    return bool(environ.get(URL) and environ.get(TOKEN))


async def github_token(environ: Mapping[str, str], audience: str | None) -> Secret:
    """Return a token for an audience, GitHub's default one for none; raises `UnresolvedError`."""
    address = urlsplit(environ[URL])
    if address.scheme != "https" and address.hostname not in {"127.0.0.1", "localhost"}:
        raise UnresolvedError(f"{URL} is not an https address")

    async def once() -> Secret:
        headers = {"Authorization": f"Bearer {environ[TOKEN]}"}
        try:
            async with httpx.AsyncClient(timeout=10.0) as client:
                url = httpx.URL(environ[URL])
                answer = await client.get(
                    url.copy_merge_params({"audience": audience}) if audience else url, headers=headers
                )
        except (httpx.HTTPError, httpx.InvalidURL):
            raise PassingError("GitHub cannot be asked for the job's identity token") from None
        if answer.status_code >= SERVER_ERROR:
            raise PassingError(f"GitHub failed to make the job's identity token ({answer.status_code})")
        if answer.status_code != OK:
            raise ForbiddenError(
                f"GitHub refused the job's identity token ({answer.status_code}); give the job "
                "`permissions: {id-token: write}`"
            )
        return _token(answer)

    return await attempted(once)


def _token(answer: httpx.Response) -> Secret:
    try:
        body = answer.json()
    except ValueError:
        body = None
    match body:
        case {"value": str() as token} if token:
            return Secret(token)
        case _:
            raise UnresolvedError("GitHub answered the request for an identity token without one")
