"""The address of Render's API, checked before an API key is sent to it."""

from __future__ import annotations

import ipaddress

import httpx

from reconciler.errors import UsageError

REMEDY = "set RENDER_API_URL to something like https://api.render.com/v1, or leave it unset"


def checked_base_url(text: str) -> httpx.URL:
    """Return the address without a slash at its end, or refuse it; the text itself is never repeated.

    What somebody mistakes for an address may be the API key, and an address may hold a password.
    """
    url = _parsed(text.strip())
    if url is None or url.scheme not in {"https", "http"} or not url.host:
        raise UsageError("the address of Render's API is not an https address", remedy=REMEDY)
    if url.userinfo or "@" in text:
        raise UsageError("the address of Render's API must not hold a user name or password", remedy=REMEDY)
    if "?" in text or "#" in text:
        raise UsageError("the address of Render's API must not have a query or fragment", remedy=REMEDY)
    if url.scheme == "http" and not _is_loopback(url.host):
        raise UsageError(
            f"the address of Render's API is http://{url.host}, which would send the API key unencrypted",
            remedy="use https; http is for a sandbox on this machine only (localhost, 127.0.0.1, ::1)",
        )
    return url.copy_with(path=url.path.rstrip("/"))


def _parsed(text: str) -> httpx.URL | None:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
