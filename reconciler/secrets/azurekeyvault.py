"""`azurekeyvault://VAULT/SECRET[/VERSION][?version=ID][#/pointer]`: Azure Key Vault, by Azure's clients.

The chain of credentials (https://learn.microsoft.com/azure/developer/python/sdk/authentication/credential-chains) reads
the environment of the process itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from azure.core import exceptions
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient
from requests.exceptions import SSLError

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
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer, Surroundings

CONNECT_SECONDS = 5
ANSWER_SECONDS = 15

UNAUTHORIZED = 401
FORBIDDEN = 403
MISSING = 404
TIMED_OUT = 408
THROTTLED = 429
SERVER_ERROR = 500
REDIRECTS = range(300, 400)

# A token goes to Azure's own hosts, or to an emulator on this machine.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,23}")
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,23}\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)", re.IGNORECASE)
_EMULATOR = re.compile(r"(?:localhost|127\.0\.0\.1):\d+")
_SECRET = re.compile(r"[A-Za-z0-9-]{1,127}")
_VERSION = re.compile(r"[0-9a-f]{32}")
_LOG_IN = "log in with `az login`, set AZURE_CLIENT_ID and its fellows, or give the job an identity"


def open_store(_surroundings: Surroundings) -> AzureStore:
    """Return the store that Azure's own chain of credentials leads to."""
    return AzureStore()


@dataclass(frozen=True, slots=True)
class Place:
    """One version of a secret."""

    host: str
    name: str
    version: str | None


class AzureStore:
    """Reads secrets of key vaults, each by one call."""

    def __init__(self) -> None:
        self._credential: DefaultAzureCredential | None = None
        self._clients: dict[str, SecretClient] = {}
        self._patience: dict[str, Patience] = {}
        self._making = Lock()

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its secret."""
        return await by_place(references, _place, self._read, _pick)

    async def _read(self, place: Place) -> str:
        patience = self._patience.setdefault(place.host, Patience())
        return await patience.attempted(lambda: in_thread(lambda: self._once(place)))

    def _once(self, place: Place) -> str:
        try:
            value = self._client(place.host).get_secret(place.name, place.version).value
        except Exception as error:  # noqa: BLE001 — whatever the client raises, its text may quote what was sent
            failure = _failure(error, place)
        else:
            return value or ""
        raise failure

    def _client(self, host: str) -> SecretClient:
        with self._making:
            if host not in self._clients:
                self._credential = self._credential or DefaultAzureCredential()
                # One attempt: how often it is worth another is decided in one place for all stores. No redirects: the
                # token would go to wherever they lead.
                self._clients[host] = SecretClient(
                    f"https://{host}",
                    self._credential,
                    retry_total=0,
                    permit_redirects=False,
                    connection_timeout=CONNECT_SECONDS,
                    read_timeout=ANSWER_SECONDS,
                )
                silence("azure", "msal")
            return self._clients[host]


def _place(reference: SecretRef) -> Place:
    check_parameters(reference, ("version",))
    vault, _, rest = reference.path.partition("/")
    name, slash, in_path = rest.partition("/")
    version = dict(reference.parameters).get("version")
    if slash and version is not None:
        raise UnresolvedError("it has a version in its path and as a parameter; keep one")
    version = in_path if slash else version
    if not _SECRET.fullmatch(name):
        raise UnresolvedError("it does not name a vault and a secret; write `azurekeyvault://VAULT/SECRET`")
    if version is not None and not _VERSION.fullmatch(version):
        raise UnresolvedError("its version is not one of 32 hexadecimal digits; leave it out for the newest")
    if _NAME.fullmatch(vault):
        return Place(f"{vault}.vault.azure.net", name, version)
    if _HOST.fullmatch(vault) or _EMULATOR.fullmatch(vault):
        return Place(vault, name, version)
    raise UnresolvedError("its vault is no name of a key vault, nor its host's such as `acme.vault.azure.cn`")


def _pick(content: str, reference: SecretRef) -> Secret:
    if reference.pointer is None:
        return check_text(content)
    return pointed(parse_json(content, "the secret"), reference.pointer)


def _failure(error: Exception, place: Place) -> UnresolvedError:
    match error:
        case exceptions.IncompleteReadError():
            return UnreachableError("Azure broke off; see that the vault can be reached from here")
        case exceptions.DecodeError(status_code=200):
            return PassingError("Azure answered something that is no secret; run this again")
        case exceptions.HttpResponseError(status_code=int() as status):
            return _refused(status, place)
        case exceptions.ClientAuthenticationError():
            return ForbiddenError(f"there are no Azure credentials that can be used; {_LOG_IN}")
        case exceptions.ServiceRequestTimeoutError() | exceptions.ServiceResponseTimeoutError():
            return UnreachableError(f"`{place.host}` did not answer in time; see that it can be reached from here")
        case exceptions.AzureError(inner_exception=SSLError()):
            return UnresolvedError(
                "the certificate of the vault is not trusted; set REQUESTS_CA_BUNDLE to the file of the CA that signed "
                "it, if a proxy stands between (it is never skipped)"
            )
        case exceptions.ServiceRequestError() | exceptions.ServiceResponseError():
            return UnreachableError(
                f"`{place.host}` cannot be reached, or broke off; see that the vault's name is right, and that its "
                "firewall lets this machine in"
            )
        case _:
            return UnresolvedError("the vault's answer is not one of Azure Key Vault; see that its name is right")


def _refused(status: int, place: Place) -> UnresolvedError:
    if status == THROTTLED:
        return PassingError("Azure throttles these requests (429); wait, then run this again")
    if status >= SERVER_ERROR or status == TIMED_OUT:
        return PassingError(f"Azure failed ({status}); see its status page, then run this again")
    if status == UNAUTHORIZED:
        return ForbiddenError(f"the vault does not take the credentials: expired, or of another tenant; {_LOG_IN}")
    if status == FORBIDDEN:
        return ForbiddenError(
            "the credentials may not read it, or it is disabled; grant the role `Key Vault Secrets User` on "
            f"`{place.name}`, and see that the vault's firewall lets this machine in"
        )
    if status == MISSING:
        return MissingError(f"there is no such secret or version in the vault `{place.host}`")
    if status in REDIRECTS:
        return UnresolvedError(f"the vault redirects ({status}), and a token is not sent on to another place")
    return UnresolvedError(f"Azure refused to read it ({status}); see that its name and version are right")
