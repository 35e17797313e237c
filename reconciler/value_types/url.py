"""Web addresses, and the one parser of URLs that all types share: pydantic's, whose messages never get out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import MultiHostUrl

    from reconciler.domain.definition import TypeOptions


@dataclass(frozen=True, slots=True)
class Host:
    """One place that a URL names, with who asks there; names of hosts are in small letters without a final dot."""

    name: str
    port: int | None
    user: str | None
    has_password: bool


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a URL that checks look at."""

    scheme: str
    hosts: tuple[Host, ...]
    path: str
    query: tuple[tuple[str, str], ...]
    has_fragment: bool


def parse_url(text: str) -> Url | None:
    """Return a URL's parts, or `None` for a text that is none or has two meanings."""
    # SQLAlchemy's name of a driver, with a character that the scheme of a URL cannot have.
    text = text.replace("+psycopg_async://", "+psycopg://", 1)
    authority = text.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    if authority.count("@") > authority.count(",") + 1 or "\\" in text:
        # A password with a bare `@` ends at the first one for some programs and at the last for others.
        return None
    try:
        parsed = _adapter().validate_python(text)
        hosts = tuple(
            Host(
                (host["host"] or "").lower().removesuffix("."),
                host["port"],
                None if host["username"] is None else unquote(host["username"]),
                bool(host["password"]),
            )
            for host in parsed.hosts()
        )
        query = tuple(parsed.query_params())
    except ValueError:  # pydantic's ValidationError is one, and so is the error for text that is no Unicode
        return None
    return Url(parsed.scheme, hosts, parsed.path or "", query, parsed.fragment is not None)


@cache
def _adapter() -> TypeAdapter[MultiHostUrl]:
    from pydantic import TypeAdapter  # noqa: PLC0415 — slow to import, and most files have plain values
    from pydantic_core import MultiHostUrl  # noqa: PLC0415 — the same

    return TypeAdapter(MultiHostUrl)


def _url(_options: TypeOptions, text: str) -> str | None:
    url = parse_url(text)
    if url is None or not _names_one_host(url):
        return f"the value is not a URL with a scheme and a host: {URL.right}"
    return None


def _https_url(_options: TypeOptions, text: str) -> str | None:
    url = parse_url(text)
    if url is None or not _names_one_host(url) or url.scheme != "https":
        return f"the value is not an https URL: {HTTPS_URL.right}"
    return None


def _names_one_host(url: Url) -> bool:
    return len(url.hosts) == 1 and bool(url.hosts[0].name)


URL = ValueType("url", _url, "write scheme, host and path, such as https://example.com/path")
HTTPS_URL = ValueType("https_url", _https_url, "write one such as https://example.com/path")
