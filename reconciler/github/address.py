"""The addresses of GitHub's APIs, checked before a token is sent to one."""

from __future__ import annotations

import ipaddress

import httpx

from reconciler.errors import UsageError


def checked_address(text: str, variable: str) -> httpx.URL:
    """Return an address without a slash at its end; the text itself is never repeated, since it may hold a password.

    Raises `UsageError` for anything but https, or http to this machine.
    """
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    remedy = f"set {variable} to something like https://api.github.com, or leave it unset"
    if url.scheme not in {"https", "http"} or not url.host or "@" in text or "?" in text or "#" in text:
        raise UsageError(f"{variable} is not an https address without user name, query and fragment", remedy=remedy)
    if url.scheme == "http" and not _is_loopback(url.host):
        raise UsageError(f"{variable} is an http address, which would send the token unencrypted", remedy=remedy)
    return url.copy_with(path=url.path.rstrip("/"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
