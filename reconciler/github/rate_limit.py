"""How long GitHub asks to wait, if that is what an answer says.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: a limit is told by status 403 or 429.
`retry-after` has seconds; else, where `x-ratelimit-remaining` is 0, `x-ratelimit-reset` is the moment, in seconds since
1970; else at least a minute, and longer each time. A request that is refused so was not carried out.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

UNTOLD_WAIT = 60.0
"""Seconds to wait at least where the answer does not say how long."""
_MOST_DIGITS = 12


def asked_wait(status: int, headers: httpx.Headers, message: str, now: datetime, refusals: int) -> float | None:
    """Return for how many seconds an answer asks to wait, or nothing where it is no refusal for a limit.

    `now` is used where the answer does not tell the server's own time; `refusals` counts those before it.
    """
    if status not in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return None
    after = _number(headers.get("retry-after"))
    if after is not None:
        return float(max(after, 1))
    reset = _number(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return max(reset - _server_time(headers, now), 0.0) + 1.0
    if status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in message.lower():
        return UNTOLD_WAIT * 2.0 ** min(refusals, 10)
    return None


def _server_time(headers: httpx.Headers, now: datetime) -> float:
    """Return the server's time, so that a clock of ours that is wrong makes nobody wait for an hour."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return now.timestamp()


def _number(text: str | None) -> int | None:
    is_one = text is not None and text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if text is not None and is_one else None
