"""One Vault or OpenBao server: sends a request that hvac makes, and says what became of it without quoting anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import hvac
import hvac.adapters
import requests
import requests.adapters

from reconciler.secrets.attempts import Patience, in_thread
from reconciler.secrets.json_value import parse_json
from reconciler.secrets.store import ForbiddenError, PassingError, UnreachableError, UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.secrets.json_value import Node
    from reconciler.secrets.vault.settings import Settings

THROTTLED = 429
BEHIND = 412
"""A standby that has not yet seen what the login wrote; Vault's documentation calls for another attempt."""
SERVER_ERRORS = range(500, 600)
REDIRECTS = range(300, 400)
SEALED = 503
UNINITIALISED = 501
STANDBY = (472, 473)


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """An answer that says something about the request itself: done, or refused."""

    status: int
    body: Node
    errors: tuple[str, ...]
    """The server's own words, to tell cases apart; they are never shown."""

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return self.status in range(200, 300)

    def says(self, words: str) -> bool:
        """Whether the server's words contain these."""
        return any(words in error for error in self.errors)


class Server:
    """Keeps connections; makes clients for namespaces and sends what they ask."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._patience = Patience()
        self._session = requests.Session()
        self._session.verify = settings.ca or True
        self._session.cert = settings.certificate
        if settings.server_name is not None:
            self._session.mount("https://", _NamedAdapter(settings.server_name))

    def client(self, namespace: str | None, token: str | None = None) -> hvac.Client:
        """Return a client that leaves judging answers to `ask`.

        It follows no redirects: its token would go to wherever they lead.
        """
        return hvac.Client(
            url=self.settings.address,
            # Nothing rather than nothing said, where hvac would look into the environment by itself.
            token=token or "",
            cert=self.settings.certificate or (),  # type: ignore[arg-type]  # requests takes an empty one for none
            session=self._session,
            timeout=self.settings.timeout,  # type: ignore[arg-type]  # it is handed to requests, which takes both times
            allow_redirects=False,
            adapter=hvac.adapters.RawAdapter,
            namespace=namespace,
            ignore_exceptions=True,
        )

    async def ask(self, request: Callable[[], Any]) -> Reply:
        """Send a request, again where its failure may pass.

        Raises `UnresolvedError` for every failure that is not about the request itself: not reached, not trusted,
        sealed, throttled, broken. A server that was not reached after all attempts is not asked again.
        """
        return await self._patience.attempted(lambda: in_thread(lambda: self._once(request)))

    def _once(self, request: Callable[[], Any]) -> Reply:
        try:
            response = request()
        except requests.exceptions.SSLError:
            failure: UnresolvedError = UnresolvedError(self._untrusted())
        except requests.exceptions.Timeout:
            failure = UnreachableError(self._unreached("did not answer in time"))
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError):
            failure = UnreachableError(self._unreached("cannot be reached, or broke off"))
        except (requests.exceptions.RequestException, OSError, ValueError):
            # Their texts quote headers, and so the token.
            failure = UnresolvedError(
                f"the request cannot be sent; see that {self.settings.variable('TOKEN')} has no line end in it, and "
                "that the files of certificates can be read"
            )
        else:
            return self._judged(response)
        raise failure from None

    def _judged(self, response: requests.Response) -> Reply:
        status = response.status_code
        reply = Reply(status, None, _errors(response))
        address = self.settings.variable("ADDR")
        if reply.ok:
            return Reply(status, parse_json(response.content, "what the server answered"), ())
        if status == SEALED and reply.says("sealed"):
            raise UnresolvedError("the server is sealed; have it unsealed, then run this again")
        if status == UNINITIALISED:
            raise UnresolvedError(f"the server is not initialised; see that {address} is the right one")
        if status == THROTTLED:
            raise PassingError("the server throttles these requests (429); wait, or have its rate limit raised")
        if status in REDIRECTS or status in STANDBY:
            raise UnresolvedError(
                f"the server is not the active one ({status}), and a token is not sent on to another; set {address} "
                "to the active server or the load balancer"
            )
        if status == BEHIND or status in SERVER_ERRORS:
            raise PassingError(f"the server failed ({status}); see its health and its logs, then run this again")
        return reply

    def _untrusted(self) -> str:
        return (
            "the server's certificate is not trusted, or not for this name; set "
            f"{self.settings.variable('CACERT')} to the file of the CA that signed it (it is never skipped)"
        )

    def _unreached(self, what: str) -> str:
        return f"the server {what}; see that it is up and that {self.settings.variable('ADDR')} is right"


def refused_token(settings: Settings) -> ForbiddenError:
    """Return the error for a token that the server does not know any more."""
    return ForbiddenError(
        f"the token is expired, revoked or not of this server, or may not even look at itself; log in again, or set "
        f"{settings.variable('TOKEN')} anew"
    )


def _errors(response: requests.Response) -> tuple[str, ...]:
    try:
        body = json.loads(response.content)
    except ValueError:
        return ()
    errors = body.get("errors") if isinstance(body, dict) else None
    return tuple(str(error).lower() for error in errors) if isinstance(errors, list) else ()


class _NamedAdapter(requests.adapters.HTTPAdapter):
    """Expects the server's certificate to be for a name that is not the address's."""

    def __init__(self, server_name: str) -> None:
        self._server_name = server_name
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 — requests' signature
        """Make the pools with that name."""
        super().init_poolmanager(*args, **kwargs, server_hostname=self._server_name, assert_hostname=self._server_name)
