"""Addresses of the machine itself and of private networks."""

from __future__ import annotations

import ipaddress
from functools import cache

_NETWORKS = tuple(
    ipaddress.ip_network(text) for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128")
)
"""Loopback, and RFC 1918; what Render's own network resolves to is asked for by name."""

LISTENING = "0.0.0.0"  # noqa: S104 — recognised, not listened on
"""What servers write to listen on all networks: no place that anybody asks."""


@cache
def is_local(host: str) -> bool:
    """Whether a host is this very machine, or one of a private network."""
    if host == "localhost" or host.endswith(".localhost") or host == "host.docker.internal":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return any(address in network for network in _NETWORKS if network.version == address.version)
