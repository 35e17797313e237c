"""Shape: what kind of text a value is, in words of ours that stand for many values and give away none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.rules.address import is_local
from reconciler.value_types.supabase import key_role
from reconciler.value_types.supabase_host import api_ref, direct_ref, is_pooler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.rules.reading import Reading
    from reconciler.value_types.url import Url

_SCHEMES = frozenset(
    {"http", "https", "postgres", "postgresql", "redis", "rediss", "amqp", "amqps", "mongodb", "mongodb+srv", "mysql"}
    | {"sqlite", "s3", "smtp", "smtps", "ws", "wss", "postgresql+asyncpg", "postgresql+psycopg"}
)
_PORTS = frozenset({80, 443, 5432, 6543, 6379, 5672, 5671, 27017, 3306, 25, 465, 587})
_BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off"})
_LONG = 16
"""Characters from which on it counts that one text is twice as long as another."""


def shape_differences(here: Reading, there: Reading) -> list[tuple[str, str]]:
    """Return how two values that should be of one kind differ, each as what there is here and what there is there.

    Which project, host, name or password a value holds differs between environments as it should, and is not looked
    at.
    """
    ours, theirs = dict(_features(here)), dict(_features(there))
    if ours["form"] != theirs["form"]:
        return [(ours["form"], theirs["form"])]
    found = [(ours[name], theirs[name]) for name in ours if name in theirs and ours[name] != theirs[name]]
    shorter, longer = sorted((len(here.text), len(there.text)))
    if ours["form"] == "one word" and longer >= _LONG and longer > 2 * shorter:
        is_longer = len(here.text) > len(there.text)
        found.append(("a much longer text", "a shorter one") if is_longer else ("a much shorter text", "a longer one"))
    return found


def _features(reading: Reading) -> Iterator[tuple[str, str]]:
    text = reading.text
    yield "form", _form(reading)
    yield "edges", "white space around it" if text.strip() != text else "no white space around it"
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    yield "quotes", "quotes around it" if is_quoted else "no quotes around it"
    if reading.claims is not None:
        yield "role", f"the role {key_role(text)}" if key_role(text) in {"anon", "service_role"} else "another role"
    if reading.url is not None:
        yield from _url_features(reading, reading.url)


def _form(reading: Reading) -> str:
    text = reading.text.strip()
    if reading.claims is not None:
        return "a JSON Web Token"
    if reading.url is not None:
        return "a URL"
    if text.startswith("-----BEGIN "):
        return "a PEM block"
    if text[:1] in {"{", "["} and text[-1:] in {"}", "]"}:
        return "JSON"
    if text.lstrip("+-").replace(".", "", 1).isdecimal():
        return "a number"
    if text.lower() in _BOOLEANS:
        return "a yes or no"
    return "one word" if len(text.split()) == 1 else "text"


def _url_features(reading: Reading, url: Url) -> Iterator[tuple[str, str]]:
    yield "scheme", f"the scheme {url.scheme}" if url.scheme in _SCHEMES else "another scheme"
    hosts = reading.hosts
    yield "host", _host_kind(hosts[0].name if hosts else "")
    ports = {host.port for host in hosts}
    port = ports.pop() if len(ports) == 1 else None
    yield "port", "no port" if port is None else f"port {port}" if port in _PORTS else "another port"
    yield "password", "a password" if any(host.has_password for host in hosts) else "no password"
    yield "path", "a path" if url.path.strip("/") else "no path"


def _host_kind(name: str) -> str:
    if is_local(name):
        return "a local host"
    if direct_ref(name):
        return "Supabase's direct database host"
    if is_pooler(name):
        return "Supabase's pooler"
    if api_ref(name):
        return "a Supabase project's own host"
    if name.startswith(("dpg-", "red-")):
        return "a database of Render's" if "." in name else "a database of Render's, by its internal name"
    return "some host"
