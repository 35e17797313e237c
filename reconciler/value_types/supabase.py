"""Supabase: `supabase_url` and `supabase_key`, and the project that a value of either belongs to.

Source: https://supabase.com/docs/guides/api/api-keys. Keys are JSON Web Tokens with a claim `role`, or the newer
publishable (for what a browser may know) and secret ones, which do not tell their project.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.value_types.option import VARIABLE, one_of
from reconciler.value_types.supabase_host import api_ref
from reconciler.value_types.token import jwt_claims
from reconciler.value_types.url import parse_url
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

ROLES = ("anon", "service_role")
"""What a key may do: what a browser may know, and what passes by row-level security."""
_NEW_KEY = re.compile(r"sb_(?P<kind>publishable|secret)_[A-Za-z0-9_-]{16,}")
_NEW_ROLES = {"publishable": "anon", "secret": "service_role"}
_SUPABASE = (".supabase.co", ".supabase.com")


def _supabase_url(_options: TypeOptions, text: str) -> str | None:
    url = parse_url(text)
    if url is None or url.scheme != "https" or len(url.hosts) != 1 or not url.hosts[0].name:
        return f"the value is not the URL of a Supabase project: {SUPABASE_URL.right}"
    host = url.hosts[0]
    # Any other host is a custom domain, which Supabase lets projects have.
    if f".{host.name}".endswith(_SUPABASE) and api_ref(host.name) is None:
        return f"the value is an address of Supabase, but not a project's: {SUPABASE_URL.right}"
    if url.path not in {"", "/"} or url.query or url.has_fragment or host.user is not None:
        return f"the value has more than scheme and host: {SUPABASE_URL.right}"
    return None


def _supabase_key(_options: TypeOptions, text: str) -> str | None:
    return None if key_role(text) else f"the value is not a Supabase key of a known role: {SUPABASE_KEY.right}"


def is_new_key(text: str) -> bool:
    """Whether a text is one of the newer keys, which are no tokens."""
    return _NEW_KEY.fullmatch(text) is not None


def key_role(key: str) -> str | None:
    """Return the role of a key, `anon` or `service_role`, or `None` for a text that is no key of Supabase's."""
    if match := _NEW_KEY.fullmatch(key):
        return _NEW_ROLES[match["kind"]]
    role = (jwt_claims(key) or {}).get("role")
    return role if isinstance(role, str) and role in ROLES else None


def key_ref(key: str) -> str | None:
    """Return the project that a key says it belongs to, or `None` where it does not say."""
    ref = (jwt_claims(key) or {}).get("ref")
    return ref if isinstance(ref, str) and ref else None


SUPABASE_URL = ValueType("supabase_url", _supabase_url, "write https://<project ref>.supabase.co")
SUPABASE_KEY = ValueType(
    "supabase_key",
    _supabase_key,
    "copy it from the project's API settings",
    {"role": one_of(*ROLES), "same_project_as": VARIABLE},
    credential=True,
)
