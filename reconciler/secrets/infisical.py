"""`infisical://PROJECT/ENVIRONMENT[/FOLDER…]#/NAME[/pointer…]`: Infisical, a folder in one call.

https://infisical.com/docs/api-reference/endpoints/secrets/list describes the request, and
https://infisical.com/docs/documentation/platform/identities/machine-identities the logins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.value import Secret
from reconciler.secrets.address import checked_address
from reconciler.secrets.batch import by_place
from reconciler.secrets.github_oidc import github_token, in_github_actions
from reconciler.secrets.json_value import parse_json, pointed
from reconciler.secrets.store import ForbiddenError, MissingError, UnresolvedError, check_parameters
from reconciler.secrets.web import Api

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.secrets.json_value import Node
    from reconciler.secrets.store import Answer, Surroundings
    from reconciler.secrets.web import Reply

ADDRESS = "https://app.infisical.com"
VARIABLE = "INFISICAL_API_URL"
CLIENT_ID = "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"
CLIENT_SECRET = "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"  # noqa: S105 — a variable's name
IDENTITY = "INFISICAL_MACHINE_IDENTITY_ID"
UNAUTHORIZED = 401
FORBIDDEN = 403
MISSING = 404
_PART = re.compile(r"[A-Za-z0-9_-]+")


def open_store(surroundings: Surroundings) -> InfisicalStore:
    """Return the store that the environment has a login for; raises `UnresolvedError` for an unsafe address."""
    return InfisicalStore(surroundings.environ)


@dataclass(frozen=True, slots=True)
class Place:
    """One folder: what one call returns."""

    project: str
    environment: str
    folder: str
    """Starts with a slash."""


class InfisicalStore:
    """Lists folders."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        # Its own command takes the address with `/api` at the end.
        address = checked_address(self._get(VARIABLE) or ADDRESS, VARIABLE, ADDRESS).removesuffix("/api")
        self._api = Api("Infisical", address, VARIABLE)
        self._token: Secret | None = None

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its folder."""
        if self._token is None:
            self._token = await self._login()
        return await by_place(references, _place, self._read, _pick)

    def _get(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    async def _login(self) -> Secret:
        token = self._get("INFISICAL_TOKEN")
        if token is not None:
            return Secret(token)
        client, secret, identity = self._get(CLIENT_ID), self._get(CLIENT_SECRET), self._get(IDENTITY)
        if client is not None and secret is not None:
            credentials = {"clientId": client, "clientSecret": secret}
            return _made(await self._api.post("/api/v1/auth/universal-auth/login", credentials), CLIENT_ID)
        if identity is not None and in_github_actions(self._environ):
            job = await github_token(self._environ, self._get("INFISICAL_AUDIENCE"))
            credentials = {"identityId": identity, "jwt": job.reveal()}
            return _made(await self._api.post("/api/v1/auth/oidc-auth/login", credentials), IDENTITY)
        raise ForbiddenError(
            f"there is no login; set INFISICAL_TOKEN, or {CLIENT_ID} and {CLIENT_SECRET}, or, in a GitHub Actions job "
            f"with `permissions: {{id-token: write}}`, {IDENTITY}"
        )

    async def _read(self, place: Place) -> Node:
        assert self._token is not None  # noqa: S101 — `fetch` logs in first
        parameters = {
            "projectId": place.project,
            "environment": place.environment,
            "secretPath": place.folder,
            "viewSecretValue": "true",
            "expandSecretReferences": "true",
        }
        reply = await self._api.get("/api/v4/secrets", self._token, parameters)
        match reply.body:
            case {"secrets": list() as secrets}:
                return _values(secrets)
            case _:
                raise _refused(reply, place)


def _made(reply: Reply, variable: str) -> Secret:
    match reply.body:
        case {"accessToken": str() as token} if token:
            return Secret(token)
        case _:
            raise ForbiddenError(
                f"the login by {variable} was refused ({reply.status}); see that it is right, not expired, and takes "
                "this place's address, subject and audience"
            )


def _place(reference: SecretRef) -> Place:
    check_parameters(reference)
    project, *rest = reference.path.rstrip("/").split("/")
    if not rest or not all(_PART.fullmatch(part) for part in (project, *rest)) or reference.pointer is None:
        raise UnresolvedError(
            "it does not name a project's id, an environment and a secret; write "
            "`infisical://PROJECT/ENVIRONMENT/FOLDER#/NAME`"
        )
    return Place(project, rest[0], "/" + "/".join(rest[1:]))


def _values(secrets: Sequence[Node]) -> Node:
    """Return the values by name: None where the login may see a secret, but not its value."""
    values: dict[str, Node] = {}
    for secret in secrets:
        match secret:
            # What one person has changed for themselves is nobody else's value.
            case {"type": "personal"}:
                continue
            case {"secretKey": str() as name, "secretValueHidden": True}:
                values[name] = None
            case {"secretKey": str() as name, "secretValue": str() as value}:
                values[name] = value
            case _:
                raise UnresolvedError("Infisical answered something that is no list of secrets")
    return values


def _pick(values: Node, reference: SecretRef) -> Secret:
    _, name, *rest = (reference.pointer or "").split("/", 2)
    if isinstance(values, dict) and name in values and values[name] is None:
        raise ForbiddenError("the login may see that it is there, but not its value; allow `Read Value`")
    value = pointed(values, f"/{name}")
    return pointed(parse_json(value.reveal(), "the secret"), f"/{rest[0]}") if rest else value


def _refused(reply: Reply, place: Place) -> UnresolvedError:
    if reply.status == UNAUTHORIZED:
        return ForbiddenError("Infisical does not take the token: it is expired, revoked or wrong; log in anew")
    folder = f"folder `{place.folder}` of `{place.environment}` in the project `{place.project}`"
    if reply.status == FORBIDDEN:
        return ForbiddenError(f"the login may not read the {folder}; give its identity a role that may")
    if reply.status == MISSING:
        return MissingError(f"there is no {folder}, or the server is too old to have version 4 of the API for secrets")
    return UnresolvedError(f"Infisical did not list the {folder} ({reply.status}); see that the names are right")
