"""Asking a store that is an HTTP API: what became of a request, without quoting anything."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from reconciler.secrets.attempts import Patience
from reconciler.secrets.json_value import parse_json
from reconciler.secrets.silence import silence
from reconciler.secrets.store import PassingError, UnreachableError, UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.value import Secret
    from reconciler.secrets.json_value import Node

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
"""Seconds between two bytes of an answer, and to connect."""
OK = 200
REDIRECTS = range(300, 400)
TIMED_OUT = 408
THROTTLED = 429
SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """An answer that says something about the request itself: done, or refused."""

    status: int
    body: Node

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return self.status == OK


class Api:
    """One API. Redirects are not followed: the token would go to wherever they lead."""

    def __init__(self, name: str, address: str, variable: str) -> None:
        self._name = name
        self._address = address
        self._variable = variable
        self._patience = Patience()
        silence("httpx", "httpcore")

    async def get(self, path: str, token: Secret, parameters: Mapping[str, str]) -> Reply:
        """Read something, again where a failure may pass; `path` starts with a slash.

        Raises `UnresolvedError` for every failure that is not about the request itself.
        """
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        return await self._sent(httpx.Request("GET", self._address + path, params=dict(parameters), headers=headers))

    async def post(self, path: str, body: Mapping[str, str]) -> Reply:
        """Log in, which is done again where a failure may pass; raises as `get`."""
        return await self._sent(httpx.Request("POST", self._address + path, json=dict(body)))

    async def _sent(self, request: httpx.Request) -> Reply:
        return await self._patience.attempted(lambda: self._once(request))

    async def _once(self, request: httpx.Request) -> Reply:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT) as client:
                return self._judged(await client.send(request))
        except httpx.TimeoutException:
            failure: UnresolvedError = UnreachableError(f"{self._name} did not answer in time; {self._look()}")
        except httpx.ConnectError as error:
            failure = self._unconnected(error)
        except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError, httpx.DecodingError):
            failure = UnreachableError(f"{self._name} cannot be reached, or broke off; {self._look()}")
        except (httpx.HTTPError, httpx.InvalidURL):
            # Their texts quote the request, and so the token.
            failure = UnresolvedError("the request cannot be sent; see that the token has no line end in it")
        raise failure

    def _judged(self, answer: httpx.Response) -> Reply:
        status = answer.status_code
        if status == OK:
            return Reply(status, parse_json(answer.content, f"what {self._name} answered"))
        if status == THROTTLED:
            raise PassingError(f"{self._name} throttles these requests (429); wait, then run this again")
        if status in REDIRECTS:
            raise UnresolvedError(
                f"{self._name} redirects ({status}), and a token is not sent on to another place; {self._look()}"
            )
        if status in SERVER_ERRORS or status == TIMED_OUT:
            raise PassingError(f"{self._name} failed ({status}); see its status page, then run this again")
        return Reply(status, None)

    def _unconnected(self, error: httpx.ConnectError) -> UnresolvedError:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLError):
                return UnresolvedError(
                    f"the certificate of {self._name} is not trusted, or not for this name; set SSL_CERT_FILE to the "
                    "file of the CA that signed it (it is never skipped)"
                )
            cause = cause.__cause__ or cause.__context__
        return UnreachableError(f"{self._name} cannot be reached; {self._look()}")

    def _look(self) -> str:
        return f"see that {self._variable} is right, and that it can be reached from here"
