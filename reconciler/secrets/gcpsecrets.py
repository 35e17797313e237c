"""`gcpsecrets://PROJECT/SECRET[?version=N][#/pointer]`: Google Cloud's Secret Manager, by Google's client.

Its REST transport is used: gRPC would bring threads and name resolution of its own, for one call a secret. The chain of
credentials (https://cloud.google.com/docs/authentication/application-default-credentials) reads the environment of the
process itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import google.auth
import requests
from google.api_core.exceptions import GoogleAPICallError
from google.auth import exceptions as auth_exceptions
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceRestTransport

from reconciler.secrets.address import checked_address
from reconciler.secrets.attempts import Patience, in_thread
from reconciler.secrets.batch import by_place
from reconciler.secrets.json_value import parse_json, pointed
from reconciler.secrets.silence import silence
from reconciler.secrets.store import (
    ForbiddenError,
    MissingError,
    PassingError,
    UnreachableError,
    UnresolvedError,
    check_parameters,
    check_text,
    decoded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer, Surroundings

ADDRESS = "https://secretmanager.googleapis.com"
VARIABLE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"
"""Where `gcloud` takes another address from: https://cloud.google.com/sdk/gcloud/reference/config/set"""
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
SECONDS = 15.0

THROTTLED = 429
SERVER_ERROR = 500

_PROJECT = re.compile(r"[a-z0-9.:-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]+")
_VERSION = re.compile(r"[1-9][0-9]*|[A-Za-z][A-Za-z0-9_-]*")
_LOG_IN = (
    "set GOOGLE_APPLICATION_CREDENTIALS, log in with `gcloud auth application-default login`, or give the job an "
    "identity"
)


def open_store(surroundings: Surroundings) -> GoogleStore:
    """Return the store that Google's own chain of credentials leads to; raises `UnresolvedError` for the address."""
    address = surroundings.environ.get(VARIABLE, "").strip() or ADDRESS
    return GoogleStore(checked_address(address, VARIABLE, ADDRESS))


@dataclass(frozen=True, slots=True)
class Place:
    """One version of a secret, as Google names it."""

    name: str
    project: str


class GoogleStore:
    """Reads versions of secrets."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._patience = Patience()
        self._client: SecretManagerServiceClient | None = None
        self._making = Lock()

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its secret."""
        return await by_place(references, _place, self._read, _pick)

    async def _read(self, place: Place) -> bytes:
        return await self._patience.attempted(lambda: in_thread(lambda: self._once(place)))

    def _once(self, place: Place) -> bytes:
        try:
            answer = self._made().access_secret_version(name=place.name, retry=None, timeout=SECONDS)
        except GoogleAPICallError as error:
            failure = _refused(error.code, place)
        except Exception as error:  # noqa: BLE001 — whatever the client raises, its text may quote what was sent
            failure = _failure(error)
        else:
            return answer.payload.data
        raise failure

    def _made(self) -> SecretManagerServiceClient:
        with self._making:
            if self._client is None:
                credentials, _ = google.auth.default(scopes=[SCOPE])
                scheme, _, host = self._address.partition("://")
                transport = SecretManagerServiceRestTransport(credentials=credentials, host=host, url_scheme=scheme)
                # The token would go to wherever a redirect leads.
                transport._session.max_redirects = 0  # noqa: SLF001 — there is no other way to say it
                self._client = SecretManagerServiceClient(transport=transport)
                silence("google", "google.cloud", "google.auth")
            return self._client


def _place(reference: SecretRef) -> Place:
    check_parameters(reference, ("version",))
    version = dict(reference.parameters).get("version", "latest")
    project, _, secret = reference.path.partition("/")
    if not _PROJECT.fullmatch(project) or not _SECRET.fullmatch(secret):
        raise UnresolvedError("it does not name a project and a secret; write `gcpsecrets://PROJECT/SECRET`")
    if not _VERSION.fullmatch(version):
        raise UnresolvedError("`version` is a number from 1 or an alias; leave it out for the newest")
    return Place(f"projects/{project}/secrets/{secret}/versions/{version}", project)


def _pick(content: bytes, reference: SecretRef) -> Secret:
    text = decoded(content, "secret")
    if reference.pointer is None:
        return check_text(text)
    return pointed(parse_json(text, "the secret"), reference.pointer)


def _refused(status: int | None, place: Place) -> UnresolvedError:
    if status == THROTTLED:
        return PassingError("Google throttles these requests (429); wait, or have the quota raised")
    if status is None or status >= SERVER_ERROR:
        return PassingError(f"Google failed ({status}); see its status page, then run this again")
    match status:
        case 401:
            return ForbiddenError(f"Google does not take the credentials: they are expired or wrong; {_LOG_IN}")
        case 403:
            return ForbiddenError(
                "the credentials may not read it; grant the role `roles/secretmanager.secretAccessor` on the secret, "
                f"and see that the API is enabled in `{place.project}`"
            )
        case 404:
            return MissingError(f"there is no `{place.name}`; see that project, name and version are right")
        case 400:
            return UnresolvedError(
                "Google refused to read it (400): the version is disabled or destroyed, or no such name can be"
            )
        case _:
            return UnresolvedError(f"Google refused to read it ({status}); see that name and version are right")


def _failure(error: Exception) -> UnresolvedError:
    if isinstance(error, auth_exceptions.TransportError) and isinstance(error.__cause__, requests.RequestException):
        error = error.__cause__
    unreachable = UnreachableError(
        f"Google cannot be reached, or broke off; see that {VARIABLE} is right, if it is set"
    )
    match error:
        case requests.exceptions.SSLError():
            return UnresolvedError(
                "the certificate of Google's endpoint is not trusted; set REQUESTS_CA_BUNDLE to the file of the CA "
                "that signed it, if a proxy stands between (it is never skipped)"
            )
        case requests.exceptions.Timeout():
            return UnreachableError("Google did not answer in time; see that it can be reached from here")
        case requests.exceptions.TooManyRedirects():
            return UnresolvedError("Google redirects, and a token is not sent on to another place")
        case requests.exceptions.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            return unreachable
        case auth_exceptions.TransportError():
            return unreachable
        case auth_exceptions.RefreshError(retryable=True):
            return PassingError("Google's token service failed; run this again")
        case auth_exceptions.RefreshError():
            return ForbiddenError(f"the credentials are expired, revoked or not taken by Google; {_LOG_IN}")
        case auth_exceptions.GoogleAuthError():
            return ForbiddenError(f"there are no Google credentials that can be used; {_LOG_IN}")
        case _:
            return UnresolvedError("Google answered something that is no secret; see that the endpoint is Google's")
