"""Addresses: hosts and URLs of the same form that lead nowhere, the same parts replaced by the same."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from reconciler.rules.leak import looks_secret
from reconciler.sandbox.lookalike.characters import digits_like, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

_URL = re.compile(
    r"(?P<scheme>(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]*://)(?P<authority>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:\#(?P<fragment>.*))?",
    re.DOTALL,
)
_KEPT_SUFFIXES = (".supabase.co", ".supabase.com")
"""What rules know hosts by."""
_GENERIC = frozenset(
    {"ai", "app", "biz", "cloud", "com", "dev", "edu", "gov", "info", "io", "net", "org", "run", "tech"}
)
_COUNTRY_LETTERS = 2
_KEPT_LABELS = frozenset({"db", "pooler"})
"""What tells Supabase's hosts of databases from those of its API."""
_NO_NAMES = frozenset({"localhost", "host.docker.internal"})
_SETTINGS = frozenset(
    {"allow", "disable", "false", "majority", "no", "prefer", "require", "true", "verify-ca", "verify-full", "yes"}
)
"""Words that stand in queries of connection URLs and say nothing but how to connect."""
_MOST_PORT_DIGITS = 5


class Addresses:
    """Made-up addresses; `part` makes up any text, the same for the same."""

    def __init__(self, part: Callable[[str], str]) -> None:
        self._part = part
        self._hosts: dict[str, str] = {}

    def keep(self, host: str, as_: str | None = None) -> None:
        """Let a host be itself, or be what a name stands for in the sandbox."""
        self._hosts[host.lower()] = as_ or host.lower()

    def url(self, text: str) -> str:
        """Return a URL with the same scheme, ports and number of parts, and other names, passwords, paths."""
        found = _URL.fullmatch(text)
        if found is None or not (found["authority"] or found["path"]) or looks_secret(found["scheme"]):
            return self._part(text)
        made = found["scheme"] + self._authority(found["authority"])
        made += "/".join(map(self._encoded, found["path"].split("/")))
        if found["query"] is not None:
            made += "?" + "&".join(map(self._parameter, found["query"].split("&")))
        if found["fragment"] is not None:
            made += "#" + self._encoded(found["fragment"])
        return made

    def host(self, name: str) -> str:
        """Return a host: a name of as many labels, or an address of the same range."""
        name = name.lower()
        if name not in self._hosts:
            self._hosts[name] = self._made_up(name)
        return self._hosts[name]

    def host_and_port(self, text: str) -> str:
        """Return a host, with its port if there is one."""
        host, colon, port = text.rpartition(":")
        if colon and port.isdecimal() and len(port) <= _MOST_PORT_DIGITS:
            return f"{self.host(host)}:{port}"
        return self.host(text)

    def bare(self, text: str) -> str:
        """Return a host with its port, of which nothing tells that it is one: a user and a password look the same."""
        host, colon, port = text.rpartition(":")
        if "." in host or host.lower() in {*self._hosts, *_NO_NAMES} or not port.isdecimal():
            return self.host_and_port(text)
        return f"{self.host(host)}{colon}{digits_like(port)}"

    def email(self, text: str) -> str:
        """Return an e-mail address."""
        user, _, host = text.rpartition("@")
        return f"{self._dotted(user)}@{self.host(host)}"

    def _made_up(self, name: str) -> str:
        bare = name.strip("[]")
        try:
            return _address_like(ipaddress.ip_address(bare), name)
        except ValueError:
            pass
        if name in _NO_NAMES or not name:
            return name
        suffix = next((kept for kept in _KEPT_SUFFIXES if name.endswith(kept)), None)
        if suffix:
            labels = name.removesuffix(suffix).split(".")
            return ".".join(label if label in _KEPT_LABELS else self._part(label) for label in labels) + suffix
        labels = name.removesuffix(".").split(".")
        if len(labels) == 1:
            return self._part(name)
        if labels[-1] in _GENERIC or len(labels[-1]) == _COUNTRY_LETTERS:
            # A name that leads nowhere: RFC 2606.
            return ".".join([*map(self._part, labels[:-1]), "example"])
        return ".".join(map(self._part, labels))

    def _authority(self, text: str) -> str:
        if text.count("@") > 1 and "," in text:
            return ",".join(map(self._authority, text.split(",")))
        login, at, where = text.rpartition("@")
        return self._login(login) + at + ",".join(map(self.host_and_port, where.split(",")))

    def _login(self, login: str) -> str:
        user, colon, password = login.partition(":")
        made = self._dotted(unquote(user)) if user else ""
        secret = quote(self._part(unquote(password)), safe="!$&'()*+;=-._~[]") if password else ""
        return f"{quote(made, safe='.+')}{colon}{secret}"

    def _dotted(self, user: str) -> str:
        # The user of Supabase's pooler has the project behind a point.
        return ".".join(self._part(each) if each else each for each in user.split("."))

    def _parameter(self, text: str) -> str:
        name, equals, setting = text.partition("=")
        if looks_secret(unquote(name)):
            return self._encoded(name) + equals + self._encoded(setting)
        if not equals or setting.lower() in _SETTINGS:
            return text if equals else self._encoded(text)
        if name.lower() in {"host", "hostaddr", "server"}:
            return f"{name}=" + ",".join(map(self.host_and_port, unquote(setting).split(",")))
        if name.lower() in {"user", "username"}:
            return f"{name}=" + quote(self._dotted(unquote(setting)), safe=".")
        return f"{name}={setting if setting.isdecimal() and name.lower() == 'port' else self._encoded(setting)}"

    def _encoded(self, text: str) -> str:
        return quote(self._part(unquote(text)), safe="!$&'()*+,;=:@-._~") if text else text


def _address_like(address: ipaddress.IPv4Address | ipaddress.IPv6Address, written: str) -> str:
    """Return an address nobody has, private for a private one; one that means this machine or any stays."""
    if address.is_loopback or address.is_unspecified:
        return written
    if address.version == 6:  # noqa: PLR2004 — IPv6
        made = str(ipaddress.IPv6Address("2001:db8::") + whole_number(1, 2**64))
        return f"[{made}]" if written.startswith("[") else made
    if address.is_private:
        return f"10.{whole_number(0, 255)}.{whole_number(0, 255)}.{whole_number(1, 254)}"
    # A range for benchmarks, which is on nobody's network: RFC 2544.
    return f"198.18.{whole_number(0, 255)}.{whole_number(1, 254)}"
