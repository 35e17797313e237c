"""`awsssm://PATH[?version=N|&label=LABEL][&region=REGION][&role_arn=ARN][#/pointer]`: the Parameter Store of AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.secrets.aws.account import CONFIG, Account, Refusal
from reconciler.secrets.aws.realm import PARAMETERS, Realm, realm_of
from reconciler.secrets.batch import by_batch
from reconciler.secrets.json_value import parse_json, pointed
from reconciler.secrets.store import ForbiddenError, MissingError, UnresolvedError, check_parameters, check_text
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import boto3
    from types_boto3_ssm import SSMClient
    from types_boto3_ssm.type_defs import GetParametersResultTypeDef

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer, Surroundings

BATCH = 10
"""Names of one call: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html"""


def open_store(_surroundings: Surroundings) -> ParameterStore:
    """Return the store of the account that AWS's own chain of credentials leads to."""
    return ParameterStore()


@dataclass(frozen=True, slots=True)
class Place:
    """One parameter in one version."""

    realm: Realm
    name: str
    selector: str
    """The version or label, with a colon before it; empty for the newest."""

    def __str__(self) -> str:
        return self.name + self.selector


class ParameterStore:
    """Reads parameters, decrypted, ten in one call."""

    def __init__(self) -> None:
        self._account: Account[SSMClient] = Account(_client)

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its parameter."""
        return await by_batch(references, _place, self._read, _pick, size=BATCH, together=_together)

    async def _read(self, places: Sequence[Place]) -> Mapping[Place, str | UnresolvedError]:
        names = [str(place) for place in places]
        reply = await self._account.ask(
            places[0].realm, lambda client: client.get_parameters(Names=names, WithDecryption=True), "Parameters"
        )
        if not isinstance(reply, Refusal):
            return {place: _among(reply, place) for place in places}
        if len(places) == 1:
            return {places[0]: _refused(reply.code, places[0])}
        # AWS refuses the whole call for one name that may not be read, or that cannot be one.
        found: dict[Place, str | UnresolvedError] = {}
        for answer in await all_of(self._alone(place) for place in places):
            found |= answer
        return found

    async def _alone(self, place: Place) -> Mapping[Place, str | UnresolvedError]:
        try:
            return await self._read([place])
        except UnresolvedError as error:
            return {place: error}


def _client(session: boto3.Session) -> SSMClient:
    client: SSMClient = session.client("ssm", config=CONFIG)
    return client


def _place(reference: SecretRef) -> Place:
    check_parameters(reference, ("version", "label", *PARAMETERS))
    parameters = dict(reference.parameters)
    version, label = parameters.get("version"), parameters.get("label")
    if version is not None and label is not None:
        raise UnresolvedError("it has a `version` and a `label`; keep one")
    if version is not None and not (version.isdecimal() and int(version) > 0):
        raise UnresolvedError("`version` is a number from 1; leave it out for the newest")
    selector = version or label
    return Place(realm_of(reference), _name(reference.path), f":{selector}" if selector else "")


def _together(place: Place) -> tuple[Realm, Place | None]:
    """Say which places share a call: answers for two versions of one parameter could be mistaken for each other."""
    return place.realm, place if place.selector else None


def _name(path: str) -> str:
    """Return a parameter's name, which starts with a slash where it has one within; an ARN stays as it is."""
    return f"/{path}" if "/" in path and not path.startswith(("/", "arn:")) else path


def _among(reply: GetParametersResultTypeDef, place: Place) -> str | UnresolvedError:
    for parameter in reply["Parameters"]:
        if place.name in {parameter.get("Name", ""), parameter.get("ARN", "")}:
            return parameter.get("Value", "")
    return MissingError(
        f"there is no parameter `{place}` in this account and region; see that path, version and region are right"
    )


def _pick(content: str, reference: SecretRef) -> Secret:
    if reference.pointer is None:
        return check_text(content)
    return pointed(parse_json(content, "the parameter"), reference.pointer)


def _refused(code: str, place: Place) -> UnresolvedError:
    match code:
        case "AccessDeniedException":
            return ForbiddenError(
                f"the credentials may not read it; allow `ssm:GetParameters` on `{place.name}`, and `kms:Decrypt` on "
                "its key where that is not AWS's own"
            )
        case "InvalidKeyId":
            return ForbiddenError("AWS cannot decrypt it; allow `kms:Decrypt` on its key, and see that it is enabled")
        case "ParameterNotFound" | "ParameterVersionNotFound":
            return MissingError(f"there is no parameter `{place}` in this account and region")
        case "ValidationException":
            return UnresolvedError(f"AWS takes `{place}` for no name; write `awsssm://PATH/TO/NAME`")
        case _:
            return UnresolvedError("AWS refused to read it; see that name and parameters are right")
