"""`doppler://PROJECT/CONFIG/NAME[#/pointer]`, or `doppler://PROJECT/CONFIG#/NAME`: Doppler, a config in one call.

https://docs.doppler.com/reference/secrets-download describes the request, and
https://docs.doppler.com/docs/service-account-identities the login by a job's identity.
"""

from __future__ import annotations

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

ADDRESS = "https://api.doppler.com"
UNAUTHORIZED = 401
FORBIDDEN = 403
MISSING = 404
WITH_NAME = 3
"""Parts of a path that names a secret."""


def open_store(surroundings: Surroundings) -> DopplerStore:
    """Return the store that the environment has a token for; raises `UnresolvedError` for an unsafe address."""
    return DopplerStore(surroundings.environ)


@dataclass(frozen=True, slots=True)
class Place:
    """One config: what one call returns."""

    project: str
    config: str


class DopplerStore:
    """Downloads configs."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        address = environ.get("DOPPLER_API_HOST", "").strip() or ADDRESS
        self._api = Api("Doppler", checked_address(address, "DOPPLER_API_HOST", ADDRESS), "DOPPLER_API_HOST")
        self._token: Secret | None = None

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its config."""
        if self._token is None:
            self._token = await self._login()
        return await by_place(references, _place, self._read, _pick)

    async def _login(self) -> Secret:
        token = self._environ.get("DOPPLER_TOKEN", "").strip()
        if token:
            return Secret(token)
        identity = self._environ.get("DOPPLER_IDENTITY", "").strip()
        if not identity or not in_github_actions(self._environ):
            raise ForbiddenError(
                "there is no token; set DOPPLER_TOKEN to a service token of the config, or, in a GitHub Actions job "
                "with `permissions: {id-token: write}`, DOPPLER_IDENTITY to a service account's identity"
            )
        job = await github_token(self._environ, self._environ.get("DOPPLER_AUDIENCE", "").strip() or None)
        reply = await self._api.post("/v3/auth/oidc", {"identity": identity, "token": job.reveal()})
        match reply.body:
            case {"token": str() as made} if made:
                return Secret(made)
            case _:
                raise ForbiddenError(
                    f"the login by DOPPLER_IDENTITY was refused ({reply.status}); see that the identity is right and "
                    "takes this job's subject and audience"
                )

    async def _read(self, place: Place) -> Node:
        assert self._token is not None  # noqa: S101 — `fetch` logs in first
        parameters = {"project": place.project, "config": place.config, "format": "json"}
        reply = await self._api.get("/v3/configs/config/secrets/download", self._token, parameters)
        if isinstance(reply.body, dict):
            return reply.body
        raise _refused(reply, place)


def _place(reference: SecretRef) -> Place:
    check_parameters(reference)
    parts = reference.path.split("/")
    if len(parts) not in {WITH_NAME - 1, WITH_NAME} or not all(parts):
        raise UnresolvedError(
            "it does not name a project, a config and a secret; write `doppler://PROJECT/CONFIG/NAME`"
        )
    return Place(parts[0], parts[1])


def _pick(config: Node, reference: SecretRef) -> Secret:
    _, _, *name = reference.path.split("/")
    if not name:
        return pointed(config, reference.pointer)
    value = pointed(config, f"/{name[0].replace('~', '~0')}")
    if reference.pointer is None:
        return value
    return pointed(parse_json(value.reveal(), "the secret"), reference.pointer)


def _refused(reply: Reply, place: Place) -> UnresolvedError:
    if reply.status == UNAUTHORIZED:
        return ForbiddenError(
            "Doppler does not take the token: it is expired, revoked or wrong; set DOPPLER_TOKEN anew"
        )
    config = f"config `{place.config}` of the project `{place.project}`"
    if reply.status == FORBIDDEN:
        return ForbiddenError(f"the token may not read the {config}; give it access to that")
    if reply.status == MISSING:
        return MissingError(f"there is no {config}, as far as the token shows")
    return UnresolvedError(f"Doppler did not hand out the {config} ({reply.status}); see that the names are right")
