"""Identifiers shaped like Render's: a prefix for the kind, then twenty lowercase letters and digits."""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "0123456789abcdefghijklmnopqrstuv"
_LENGTH = 20
_INSTANCE_LENGTH = 5

SERVICE_PREFIXES = {"cron_job": "crn"}
"""Prefixes by type of service; every other type is `srv`."""


def new_id(prefix: str) -> str:
    """Return an identifier nobody had before."""
    return f"{prefix}-{_random(_LENGTH)}"


def new_instance_id(service_id: str) -> str:
    """Return the id of a running instance: the service's id and five characters more."""
    return f"{service_id}-{_random(_INSTANCE_LENGTH)}"


def derived_id(prefix: str, *parts: str) -> str:
    """Return the same identifier for the same parts, for things that are computed anew at every request."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"{prefix}-{''.join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_LENGTH])}"


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
