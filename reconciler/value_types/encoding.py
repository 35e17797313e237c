"""Bytes written as text: `base64`, `hex` and `fernet_key`."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from reconciler.value_types.option import SIZE
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_STANDARD = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_URL_SAFE = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_GROUP = 4
_FERNET_LENGTH = 44
"""32 bytes in base64: https://github.com/fernet/spec."""


def decoded_base64(text: str) -> bytes | None:
    """Return the bytes of standard or URL-safe base64, or `None`; padding may be left out of either, whole."""
    if not _STANDARD.fullmatch(text) and not _URL_SAFE.fullmatch(text):
        return None
    digits = text.rstrip("=")
    padding = "=" * (-len(digits) % _GROUP)
    if len(text) != len(digits) and text != digits + padding:
        return None
    try:
        return base64.b64decode(digits + padding, altchars=b"-_" if _URL_SAFE.fullmatch(text) else None, validate=True)
    except ValueError:
        return None


def _base64(options: TypeOptions, text: str) -> str | None:
    data = decoded_base64(text)
    return f"the value is not base64: {BASE64.right}" if data is None else _wrong_size(options, len(data))


def _hex(options: TypeOptions, text: str) -> str | None:
    if not _HEX.fullmatch(text):
        return f"the value is not hexadecimal: {HEX.right}"
    return _wrong_size(options, len(text) // 2)


def _wrong_size(options: TypeOptions, size: int) -> str | None:
    wanted = options.get("bytes")
    if not isinstance(wanted, int) or size == wanted:
        return None
    return f"the value stands for {size} bytes: it must stand for {wanted}"


def _fernet_key(_options: TypeOptions, text: str) -> str | None:
    from cryptography.fernet import Fernet  # noqa: PLC0415 — slow to import, and few files have keys

    wrong = f"the value is not a Fernet key: {FERNET_KEY.right}"
    # Fernet itself skips characters that are no base64, which the next program may not.
    if len(text) != _FERNET_LENGTH or decoded_base64(text) is None:
        return wrong
    try:
        Fernet(text)
    except ValueError:
        return wrong
    return None


BASE64 = ValueType("base64", _base64, "write letters, digits, `+` and `/` (or `-` and `_`)", {"bytes": SIZE})
HEX = ValueType("hex", _hex, "write pairs of the digits 0-9 and a-f", {"bytes": SIZE})
FERNET_KEY = ValueType(
    "fernet_key",
    _fernet_key,
    "it is 32 bytes in URL-safe base64, 44 characters, as `Fernet.generate_key()` makes it",
    credential=True,
)
