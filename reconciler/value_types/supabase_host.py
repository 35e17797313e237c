"""Supabase's host names: what each says about the project, and whether Render reaches it.

Source: https://supabase.com/docs/guides/database/connecting-to-postgres. The direct host has only an IPv6 address
unless the project bought the IPv4 add-on; the pooler has IPv4, and tells projects apart by the user's name.
"""

from __future__ import annotations

import re

_REF = r"(?P<ref>[a-z0-9]{20})"
_API = re.compile(_REF + r"\.supabase\.co")
_DIRECT = re.compile(r"db\." + _REF + r"\.supabase\.co")
_POOLER = re.compile(r"[a-z0-9-]+\.pooler\.supabase\.com")
_POOLER_USER = re.compile(r"[^.]+\." + _REF)

TRANSACTION_PORT = 6543
SESSION_PORT = 5432


def api_ref(host: str) -> str | None:
    """Return the project that an API host belongs to, or `None` for a custom domain."""
    match = _API.fullmatch(host)
    return match["ref"] if match else None


def direct_ref(host: str) -> str | None:
    """Return the project whose database a direct host is, or `None` for any other host."""
    match = _DIRECT.fullmatch(host)
    return match["ref"] if match else None


def is_pooler(host: str) -> bool:
    """Whether a host is Supabase's shared pooler."""
    return bool(_POOLER.fullmatch(host))


def pooler_ref(user: str | None) -> str | None:
    """Return the project that a user of the pooler belongs to: `postgres.<ref>`."""
    match = _POOLER_USER.fullmatch(user or "")
    return match["ref"] if match else None
