"""Sending one request once: httpx with HTTP/2, timeouts, a bound on the answer, and no redirects."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from reconciler import __version__
from reconciler.errors import UsageError
from reconciler.render_api.silence import silence_http_logs

if TYPE_CHECKING:
    from reconciler.domain.value import Secret

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of one answer; a hundred secret files of Render's own limit of 1 MB together stay far below."""
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
TOTAL_SECONDS = 120.0
"""For one request and its whole answer: a server that sends a byte now and then is not waited for for ever."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A request without a usable answer; `was_sent` unless it is certain that nothing left this machine."""

    reason: str
    was_sent: bool
    is_final: bool = False
    """Whether trying again cannot help."""
    is_client_spent: bool = False
    """Whether the client may be holding on to a dead connection, so that only a new one can go on."""
    remedy: str = "check the network, RENDER_API_URL, and the proxy settings HTTPS_PROXY and NO_PROXY"


def open_client(base_url: httpx.URL, api_key: Secret, key_variable: str, *, connections: int) -> httpx.AsyncClient:
    """Return the HTTP client; raise `UsageError` for a key that no header can carry, without showing it."""
    silence_http_logs()
    text = api_key.reveal()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        what = "is empty" if not text else "is not one word of printable ASCII characters"
        raise UsageError(
            f"the API key in {key_variable} {what}", remedy=f"look for a line break, quotes or blanks in {key_variable}"
        )
    client = _client(
        # Plain http is for this machine only: a proxy from the environment would get to see the key.
        trust_env=base_url.scheme == "https",
        headers={
            "Authorization": f"Bearer {text}",
            "Accept": "application/json",
            "User-Agent": f"render-reconciler/{__version__}",
        },
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
    )
    if client is None:
        raise UsageError(
            f"the settings for connecting to {base_url.host} are unusable",
            remedy="check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
        )
    return client


def _client(headers: dict[str, str], limits: httpx.Limits, *, trust_env: bool) -> httpx.AsyncClient | None:
    try:
        return httpx.AsyncClient(
            http2=True,
            headers=headers,
            limits=limits,
            follow_redirects=False,
            trust_env=trust_env,
            # The wait for a free connection is bounded by the requests before it, each of which has its own bound.
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=None),
        )
    except (ValueError, OSError, ImportError, httpx.InvalidURL):
        # A proxy's address may hold a password, so what exactly is wrong with it is not repeated.
        return None


async def send_once(client: httpx.AsyncClient, request: httpx.Request) -> tuple[httpx.Response, bytes] | Lost:
    """Send a request and read its answer. Nothing of the libraries' errors comes out: they hold the request."""
    host = request.url.host
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            response = await client.send(request, stream=True)
            try:
                body = await _read(response)
            finally:
                await response.aclose()
    except TimeoutError:
        return Lost(f"{host} did not answer completely within {TOTAL_SECONDS:.0f} s", was_sent=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        return _not_connected(error, host)
    except httpx.LocalProtocolError:
        # httpcore may keep an HTTP/2 connection that h2 knows to be closed, and then every further request on it fails
        # like this (encode/httpcore, pull request 679).
        return Lost(f"the connection to {host} was closed meanwhile", was_sent=True, is_client_spent=True)
    except httpx.TimeoutException:
        return Lost(f"{host} did not answer in time", was_sent=True)
    except (httpx.TransportError, httpx.DecodingError):
        return Lost(f"the connection to {host} broke off before its answer was complete", was_sent=True)
    if body is None:
        limit = BODY_LIMIT // 1024 // 1024
        return Lost(f"{host} sent an answer of more than {limit} MiB", was_sent=True, is_final=True)
    return response, body


async def _read(response: httpx.Response) -> bytes | None:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def _not_connected(error: Exception, host: str) -> Lost:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            remedy = "if a company's proxy signs its own certificates, name its authority's file in SSL_CERT_FILE"
            return Lost(
                f"the certificate of {host} could not be verified", was_sent=False, is_final=True, remedy=remedy
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ProxyError):
        return Lost(f"the proxy on the way to {host} refused", was_sent=False)
    if isinstance(error, httpx.TimeoutException):
        return Lost(f"{host} could not be reached in time", was_sent=False)
    return Lost(f"{host} could not be reached", was_sent=False)
