"""`awssecrets://NAME[?version_id=ID][&stage=LABEL][&region=REGION][&role_arn=ARN][#/pointer]`: AWS Secrets Manager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.secrets.aws.account import CONFIG, Account, Refusal
from reconciler.secrets.aws.realm import PARAMETERS, Realm, realm_of
from reconciler.secrets.batch import by_batch
from reconciler.secrets.json_value import parse_json, pointed
from reconciler.secrets.store import (
    ForbiddenError,
    MissingError,
    UnresolvedError,
    check_parameters,
    check_text,
    decoded,
)
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import boto3
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_secretsmanager.type_defs import (
        BatchGetSecretValueRequestTypeDef,
        BatchGetSecretValueResponseTypeDef,
        GetSecretValueRequestTypeDef,
        GetSecretValueResponseTypeDef,
        SecretValueEntryTypeDef,
    )

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer, Surroundings

BATCH = 20
"""Secrets of one call: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"""


def open_store(_surroundings: Surroundings) -> SecretsManager:
    """Return the store of the account that AWS's own chain of credentials leads to."""
    return SecretsManager()


@dataclass(frozen=True, slots=True)
class Place:
    """One secret in one version."""

    realm: Realm
    name: str
    """Its name or ARN."""
    version_id: str | None
    stage: str | None


class SecretsManager:
    """Reads secrets, the current versions of many in one call."""

    def __init__(self) -> None:
        self._account: Account[SecretsManagerClient] = Account(_client)

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its secret."""
        return await by_batch(references, _place, self._read, _pick, size=BATCH, together=_together)

    async def _read(self, places: Sequence[Place]) -> Mapping[Place, bytes | UnresolvedError]:
        if len(places) > 1:
            found: dict[Place, bytes | UnresolvedError] = {}
            token = ""
            while not isinstance(reply := await self._page(places, token), Refusal):
                found |= _entries(reply, places)
                token = reply.get("NextToken", "")
                if not token:
                    unsaid = UnresolvedError("AWS did not answer for this secret; run this again")
                    return {place: found.get(place, unsaid) for place in places}
        # One secret, or a call that is not allowed as such, or that one name spoils: each is asked for by itself.
        return dict(zip(places, await all_of(self._alone(place) for place in places), strict=True))

    async def _page(self, places: Sequence[Place], token: str) -> BatchGetSecretValueResponseTypeDef | Refusal:
        request: BatchGetSecretValueRequestTypeDef = {"SecretIdList": [place.name for place in places]}
        if token:
            request["NextToken"] = token
        return await self._account.ask(
            places[0].realm, lambda client: client.batch_get_secret_value(**request), "SecretValues", "Errors"
        )

    async def _alone(self, place: Place) -> bytes | UnresolvedError:
        request: GetSecretValueRequestTypeDef = {"SecretId": place.name}
        if place.version_id is not None:
            request["VersionId"] = place.version_id
        if place.stage is not None:
            request["VersionStage"] = place.stage
        try:
            reply = await self._account.ask(place.realm, lambda client: client.get_secret_value(**request), "ARN")
        except UnresolvedError as error:
            return error
        return _refused(reply.code, place) if isinstance(reply, Refusal) else _content(reply)


def _client(session: boto3.Session) -> SecretsManagerClient:
    client: SecretsManagerClient = session.client("secretsmanager", config=CONFIG)
    return client


def _place(reference: SecretRef) -> Place:
    check_parameters(reference, ("version_id", "stage", *PARAMETERS))
    parameters = dict(reference.parameters)
    return Place(realm_of(reference), reference.path, parameters.get("version_id"), parameters.get("stage"))


def _together(place: Place) -> tuple[Realm, Place | None]:
    """Say which places share a call: it reads current versions only."""
    return place.realm, None if place.version_id is None and place.stage is None else place


def _entries(
    reply: BatchGetSecretValueResponseTypeDef, places: Sequence[Place]
) -> Mapping[Place, bytes | UnresolvedError]:
    found: dict[Place, bytes | UnresolvedError] = {}
    for place in places:
        for entry in reply.get("SecretValues", ()):
            name, arn = entry.get("Name", ""), entry.get("ARN", "")
            # An ARN may be written without the six characters that AWS put at its end.
            if place.name in {name, arn} or (place.name.startswith("arn:") and arn[:-7] == place.name):
                found[place] = _content(entry)
        for error in reply.get("Errors", ()):
            if error.get("SecretId") == place.name:
                found[place] = _refused(error.get("ErrorCode", ""), place)
    return found


def _content(entry: SecretValueEntryTypeDef | GetSecretValueResponseTypeDef) -> bytes | UnresolvedError:
    text = entry.get("SecretString")
    if text is not None:
        return text.encode("utf-8", "surrogatepass")
    binary = entry.get("SecretBinary")
    return binary if binary is not None else UnresolvedError("the secret has no value; put one there")


def _pick(content: bytes, reference: SecretRef) -> Secret:
    text = decoded(content, "secret")
    if reference.pointer is None:
        return check_text(text)
    return pointed(parse_json(text, "the secret"), reference.pointer)


def _refused(code: str, place: Place) -> UnresolvedError:
    match code:
        case "ResourceNotFoundException" if place.version_id or place.stage:
            return MissingError("there is no such secret, or no such version of it, in this account and region")
        case "ResourceNotFoundException":
            return MissingError("there is no such secret in this account and region")
        case "AccessDeniedException":
            return ForbiddenError(
                f"the credentials may not read it; allow `secretsmanager:GetSecretValue` on `{place.name}`, and "
                "`kms:Decrypt` on its key where that is not AWS's own"
            )
        case "DecryptionFailure":
            return ForbiddenError("AWS cannot decrypt it; allow `kms:Decrypt` on its key, and see that it is enabled")
        case "InvalidRequestException":
            return UnresolvedError(
                "the secret is marked for deletion, or is managed by a service that does not show it"
            )
        case _:
            return UnresolvedError(f"AWS refused to read it ({_known(code)}); see that name and parameters are right")


def _known(code: str) -> str:
    """Return an error's code if it looks like one; whatever else an endpoint says is not shown."""
    return code if code.isalnum() and code.isascii() and code.endswith(("Exception", "Error")) else "no known code"
