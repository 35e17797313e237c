"""The address of a store, as an environment gives it: encrypted, or on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from reconciler.secrets.store import UnresolvedError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def checked_address(address: str, variable: str, example: str) -> str:
    """Return an address without a slash at its end; raises `UnresolvedError` for what is none, or not encrypted."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in {"http", "https"} or parts.username or parts.query or parts.fragment:
        raise UnresolvedError(f"{variable} is not an address such as {example}")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise UnresolvedError(
            f"{variable} is plain http, which would show the token and all secrets to the network; use https, or an "
            "agent on this machine"
        )
    return address.rstrip("/")
