"""The HTTP probe: one GET of a health path, judged as Render's own health check does."""

from __future__ import annotations

import asyncio
import ssl

import httpx

ANSWER_SECONDS = 10.0
"""For everything: a path that streams without end must not hold an apply."""

HIGHEST_HEALTHY = 399
"""Render counts answers from 200 to 399 as healthy; a redirect is followed here to see what is behind it."""

MOST_REDIRECTS = 5


class HttpProbe:
    """Satisfies the `HealthProbe` port."""

    async def check(self, url: str) -> str | None:
        """Return `None` when the path answered as a healthy service does, else what it did, in a few words.

        Redirects are followed on the same host only: another host's answer says nothing about this service.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await _answer(url)
        except (TimeoutError, httpx.TimeoutException):
            return f"no answer within {ANSWER_SECONDS:.0f} s"
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OverflowError, OSError, ExceptionGroup) as error:
            # Where a redirect leads is the service's to say, and may be no address at all; a group is what connecting
            # to several addresses of a host raises.
            refused = _refused_certificate(error)
            return (
                f"its TLS certificate was not accepted: {refused}" if refused else f"no answer: {type(error).__name__}"
            )


def _refused_certificate(error: BaseException) -> str | None:
    """Return why a certificate was not accepted, where that is what lies behind an error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return None


async def _answer(url: str) -> str | None:
    asked = httpx.URL(url)
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS, follow_redirects=False) as client:
        request = client.build_request("GET", asked)
        for _ in range(MOST_REDIRECTS + 1):
            # Only the status is read, never the body.
            answer = await client.send(request, stream=True)
            await answer.aclose()
            if answer.next_request is None:
                healthy = httpx.codes.OK <= answer.status_code <= HIGHEST_HEALTHY
                return None if healthy else f"status {answer.status_code}"
            request = answer.next_request
            if request.url.host != asked.host:
                return f"it redirects to another host, {request.url.host}"
    return "it redirects in a circle"
