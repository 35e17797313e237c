"""Asking AWS by boto3: its own chain of credentials, roles taken on, and what became of a request, quoting nothing.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html has the chain; it reads the environment
of the process itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

import boto3
from botocore import exceptions
from botocore.config import Config
from botocore.parsers import ResponseParserError

from reconciler.secrets.attempts import Patience, in_thread
from reconciler.secrets.silence import silence
from reconciler.secrets.store import ForbiddenError, PassingError, UnreachableError, UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from reconciler.secrets.aws.realm import Realm

Client = TypeVar("Client")
Result = TypeVar("Result", bound="Mapping[str, object]")

# One attempt: how often it is worth another is decided in one place for all stores.
CONFIG = Config(
    connect_timeout=5,
    read_timeout=15,
    retries={"total_max_attempts": 1, "mode": "standard"},
    user_agent_extra="reconcile",
)

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
NOT_KNOWN = frozenset(
    {
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"})
"""https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, and what the services add to it."""
TOO_MANY = 429
SERVER_ERROR = 500

_UNREADABLE = "AWS answered something that cannot be read; see that the endpoint is AWS's, then run this again"
_NO_CREDENTIALS = (
    "there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the job a "
    "role"
)
_UNUSABLE = (
    "the AWS credentials cannot be had: the profile, the login or the role they come from fails; log in again "
    "(`aws sso login`), and see that `aws sts get-caller-identity` works"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is about the request itself."""

    code: str
    """AWS's name for it, such as `AccessDeniedException`."""


class Account(Generic[Client]):
    """One service of AWS: a client for each realm, made when it is first asked."""

    def __init__(self, make: Callable[[boto3.Session], Client]) -> None:
        self._make = make
        self._clients: dict[Realm, Client] = {}
        self._patience: dict[Realm, Patience] = {}
        self._making = Lock()  # making sessions and clients is not safe in two threads

    async def ask(self, realm: Realm, request: Callable[[Client], Result], *members: str) -> Result | Refusal:
        """Send a request, again where its failure may pass.

        An answer has at least one of the members: botocore takes one that broke off for an empty one. Raises
        `UnresolvedError` for every failure that is not about the request itself: no credentials, not reached,
        throttled, broken.
        """
        patience = self._patience.setdefault(realm, Patience())
        return await patience.attempted(lambda: in_thread(lambda: self._once(realm, request, members)))

    def _once(self, realm: Realm, request: Callable[[Client], Result], members: Collection[str]) -> Result | Refusal:
        try:
            reply = request(self._client(realm))
        except exceptions.ClientError as error:
            answer = _judged(error)
        except (exceptions.BotoCoreError, ResponseParserError, OSError, ValueError) as error:
            # Their texts quote what was sent or answered.
            answer = _failure(error)
        else:
            if any(member in reply for member in members):
                return reply
            answer = PassingError(_UNREADABLE)
        if isinstance(answer, Refusal):
            return answer
        raise answer

    def _client(self, realm: Realm) -> Client:
        with self._making:
            if realm not in self._clients:
                silence("boto3", "botocore")
                # The other SDKs of AWS read AWS_REGION, and its action for GitHub sets it; boto3 does not.
                session = boto3.Session(region_name=realm.region or os.environ.get("AWS_REGION") or None)
                self._clients[realm] = self._make(session if realm.role is None else _in_role(session, realm.role))
            return self._clients[realm]


def _in_role(session: boto3.Session, role: str) -> boto3.Session:
    taken = session.client("sts", config=CONFIG).assume_role(RoleArn=role, RoleSessionName="reconcile")
    credentials = taken["Credentials"]
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=session.region_name,
    )


def _judged(error: exceptions.ClientError) -> Refusal | UnresolvedError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in EXPIRED:
        return ForbiddenError("the AWS credentials are expired, or this machine's clock is wrong; log in again")
    if code in NOT_KNOWN:
        return ForbiddenError("AWS does not know the credentials, or their signature is wrong; set them anew")
    if code in THROTTLED or status == TOO_MANY:
        return PassingError("AWS throttles these requests; wait, or have the quota raised")
    if status >= SERVER_ERROR:
        return PassingError(f"AWS failed ({status}); see its health page, then run this again")
    if error.operation_name.startswith("AssumeRole"):
        return ForbiddenError(
            "the role may not be taken on; have its trust policy name the caller, and the caller's policy allow "
            "`sts:AssumeRole` on it"
        )
    return Refusal(code)


def _failure(error: Exception) -> UnresolvedError:
    match error:
        case exceptions.NoRegionError():
            return UnresolvedError("no AWS region is named; set AWS_REGION, or write `?region=`")
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            return ForbiddenError(_NO_CREDENTIALS)
        case exceptions.SSLError():
            return UnresolvedError(
                "the certificate of AWS's endpoint is not trusted; set AWS_CA_BUNDLE to the file of the CA that "
                "signed it, if a proxy stands between (it is never skipped)"
            )
        case exceptions.ConnectTimeoutError() | exceptions.ReadTimeoutError():
            return UnreachableError("AWS did not answer in time; see that its endpoint can be reached from here")
        case exceptions.ConnectionError() | exceptions.HTTPClientError():
            return UnreachableError(
                "AWS cannot be reached, or broke off; see that its endpoint can be reached from here"
            )
        case ResponseParserError():
            return PassingError(_UNREADABLE)
        case exceptions.ParamValidationError():
            return UnresolvedError("the name is not one that AWS can have")
        case _:
            return ForbiddenError(_UNUSABLE)
