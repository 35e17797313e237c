"""Names of machines and people on the net: `host` and `email`."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
"""RFC 1123, section 2.1, with the lengths of RFC 1035, section 2.3.4."""
_LONGEST_HOST = 253


def is_host(text: str) -> bool:
    """Whether a text is a host name or an IP address, and nothing besides."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = text.removesuffix(".").split(".")
        # An all-digit last label is an IPv4 address gone wrong: no top-level domain has digits only.
        return len(text) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
    return True


def _host(_options: TypeOptions, text: str) -> str | None:
    return None if is_host(text) else f"the value is not a host: {HOST.right}"


def _email(_options: TypeOptions, text: str) -> str | None:
    from email.errors import MessageError  # noqa: PLC0415 — slow to import, and few files have addresses
    from email.headerregistry import Address  # noqa: PLC0415 — the same

    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError, AttributeError):  # the last two are slips of its parser
        return f"the value is not an e-mail address: {EMAIL.right}"
    if not address.username or not is_host(address.domain):
        return f"the value is not an e-mail address: {EMAIL.right}"
    return None


HOST = ValueType("host", _host, "write a host name such as db.example.com or an IP address, without scheme or port")
EMAIL = ValueType("email", _email, "write one such as team@example.com, without a display name")
