"""Sending one request once: timeouts, a bound on the answer, no redirects, and nothing of the libraries' errors."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from reconciler import __version__
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.domain.value import Secret

API_VERSION = "2022-11-28"
ANSWER_LIMIT = 64 * 1024 * 1024
"""Bytes of one answer; a page of a hundred comments of the greatest length stays below."""
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""Seconds between two bytes of an answer, and to connect."""
TOTAL_SECONDS = 120.0
"""For one request and its whole answer: a server that sends a byte now and then is not waited for for ever."""


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """An answer, whatever it says."""

    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """A request without a usable answer; `was_sent` unless it is certain that nothing left this machine."""

    reason: str
    was_sent: bool


def open_client(token: Secret, *, trust_env: bool) -> httpx.AsyncClient:
    """Return the HTTP client; raises `UsageError` for a token that no header can carry, without showing it."""
    for name in ("httpx", "httpcore", "h11"):
        logging.getLogger(name).setLevel(logging.WARNING)
    text = token.reveal()
    if not text.isascii() or not text.isprintable() or not text or " " in text:
        raise UsageError("GITHUB_TOKEN is not one word of printable ASCII characters")
    headers = {
        "Authorization": f"Bearer {text}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": API_VERSION,
        "User-Agent": f"render-reconciler/{__version__}",
    }
    try:
        return httpx.AsyncClient(headers=headers, timeout=TIMEOUT, follow_redirects=False, trust_env=trust_env)
    except (ValueError, OSError, ImportError, httpx.InvalidURL):
        # A proxy's address may hold a password, so what exactly is wrong with it is not repeated.
        raise UsageError(
            "the settings for connecting to GitHub are unusable",
            remedy="check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
        ) from None


async def send_once(client: httpx.AsyncClient, request: httpx.Request) -> Reply | Lost:
    """Send a request and read its answer. Nothing of the libraries' errors comes out: they hold the request."""
    host = request.url.host
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            response = await client.send(request, stream=True)
            try:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > ANSWER_LIMIT:
                        return Lost(f"{host} sent too long an answer", was_sent=True)
            finally:
                await response.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
        return Lost(f"{host} could not be reached", was_sent=False)
    except (TimeoutError, httpx.TimeoutException):
        return Lost(f"{host} did not answer in time", was_sent=True)
    except (httpx.TransportError, httpx.DecodingError):
        return Lost(f"the connection to {host} broke off before its answer was complete", was_sent=True)
    return Reply(response.status_code, response.headers, bytes(body))
