"""The HTTP probe: one GET of a health path, judged as Render's own health check does."""

from __future__ import annotations

import httpx

REQUEST_SECONDS = 10.0
HIGHEST_HEALTHY = 399
"""Render counts answers from 200 to 399 as healthy; a redirect is followed here to see what is behind it."""


class HttpProbe:
    """Satisfies the `HealthProbe` port."""

    async def check(self, url: str) -> str | None:
        """Return `None` when the path answered as a healthy service does, else what it did, in a few words.

        Redirects are followed on the same host only: another host's answer says nothing about this service.
        """
        asked = httpx.URL(url)
        try:
            async with httpx.AsyncClient(timeout=REQUEST_SECONDS, follow_redirects=False) as client:
                answer = await client.get(asked)
                for _ in range(5):
                    following = answer.next_request
                    if following is None:
                        break
                    if following.url.host != asked.host:
                        return f"it redirects to another host, {following.url.host}"
                    answer = await client.send(following)
        except httpx.TimeoutException:
            return f"no answer within {REQUEST_SECONDS:.0f} s"
        except httpx.HTTPError as error:
            return f"no answer: {type(error).__name__}"
        if answer.next_request is not None:
            return "it redirects in a circle"
        return None if httpx.codes.OK <= answer.status_code <= HIGHEST_HEALTHY else f"status {answer.status_code}"
