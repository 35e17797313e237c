"""Tokens: `jwt`, `api_key`, and the claims of a JSON Web Token read without its key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.value_types.option import CLAIMS, PATTERN, PREFIX
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import TypeOptions

_VISIBLE = re.compile(r"[!-~]+")
"""ASCII without space: what an HTTP header can carry."""


def jwt_claims(text: str) -> Mapping[str, Any] | None:
    """Return the claims of a JSON Web Token, or `None` for a text that is none; nobody vouches for them.

    Its signature cannot be checked without its key, and its expiry not without a clock.
    """
    import jwt  # noqa: PLC0415 — slow to import, and few files have tokens

    try:
        claims: Mapping[str, Any] = jwt.decode(text, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return claims


def _jwt(options: TypeOptions, text: str) -> str | None:
    claims = jwt_claims(text)
    if claims is None:
        return f"the value is not a JSON Web Token: {JWT.right}"
    wanted = options.get("claims")
    if isinstance(wanted, list):
        missing = [str(name) for name in wanted if name not in claims]
    elif isinstance(wanted, dict):
        missing = [name for name, value in wanted.items() if name not in claims or not _equal(claims[name], value)]
    else:
        missing = []
    return f"the value is a token without what `claims` asks for: see `{missing[0]}`" if missing else None


def _equal(one: object, other: object) -> bool:
    # In Python, but not in JSON, 1 equals true.
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _api_key(options: TypeOptions, text: str) -> str | None:
    prefix, pattern = options.get("prefix"), options.get("pattern")
    if not _VISIBLE.fullmatch(text):
        return f"the value has characters that no key has: {API_KEY.right}"
    if isinstance(prefix, str) and not text.startswith(prefix):
        return f"the value does not begin as this vendor's keys do: it must begin with `{prefix}`"
    if text == prefix:
        return "the value is a key's beginning without the rest: copy all of the key"
    if isinstance(pattern, str) and not re.fullmatch(pattern, text):
        return "the value does not match `pattern`: the regular expression has to match all of it"
    return None


JWT = ValueType(
    "jwt", _jwt, "it has three parts of URL-safe base64 with points between them", {"claims": CLAIMS}, credential=True
)
API_KEY = ValueType(
    "api_key",
    _api_key,
    "copy it from the vendor's dashboard, without quotes",
    {"prefix": PREFIX, "pattern": PATTERN},
    credential=True,
)
