"""RC160 and RC161: addresses that lead nowhere on Render, and traffic of production that anybody can read."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.domain.definition import From
from reconciler.domain.finding import Severity
from reconciler.domain.state import EnvironmentKind
from reconciler.rules.address import LISTENING, is_local
from reconciler.rules.example import held as example
from reconciler.rules.example import one, place
from reconciler.rules.exposed import FAMILY
from reconciler.rules.rule import NAMES, Alone, Example, Kin, Rule
from reconciler.rules.scene import Scene

if TYPE_CHECKING:
    from reconciler.rules.scene import Held, Setting

_NOT_ASKED = re.compile(
    r"CORS|ORIGIN|ALLOW|REDIRECT|CALLBACK|TRUST|WHITELIST|NO_PROXY|BIND|LISTEN|INTERNAL_IPS|HEALTH|CSRF|METRICS|PPROF|DEBUG",
    re.IGNORECASE,
)
"""Names of variables whose addresses are accepted, listened on or asked by the service of itself."""
_NAMES_ONLY = re.compile(r"NAMESPACE|XMLNS|SCHEMA|ISSUER|AUDIENCE|ENTITY|REALM|VOCAB|ONTOLOGY|PROXY", re.IGNORECASE)
"""Names of variables whose URLs are names that nobody opens, or proxies, which speak plain HTTP."""
_NAMES_A_HOST = re.compile(r".+_(?:HOST|HOSTNAME|ENDPOINT|ADDR|ADDRESS|SERVER)", re.IGNORECASE)
_BARE = re.compile(r"(?P<host>localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?::[0-9]{1,5})?")
_VOCABULARIES = (
    "www.w3.org",
    "schemas.xmlsoap.org",
    "schemas.microsoft.com",
    "purl.org",
    "xmlns.com",
    "json-schema.org",
)


@lru_cache(NAMES)
def _is_not_asked(key: str) -> bool:
    return _NOT_ASKED.search(key) is not None


@lru_cache(NAMES)
def _names_a_host(key: str) -> bool:
    return _NAMES_A_HOST.fullmatch(key) is not None


def _local(held: Held, setting: Setting) -> str | None:
    if held.reading is None or setting.kind is EnvironmentKind.DEVELOPMENT or _is_not_asked(held.key):
        return None
    if isinstance(held.definition.source, From):
        return None  # where things are on Render, Render itself says
    hosts = [host.name for host in held.reading.hosts]
    if not hosts and (held.definition.type.name == "host" or _names_a_host(held.key)):
        match = _BARE.fullmatch(held.reading.text)
        hosts = [match["host"]] if match else []
    if not any(map(is_local, hosts)):
        return None
    return "the value leads to the service's own machine or a private network: nothing answers there on Render"


def _plain(held: Held, setting: Setting) -> str | None:
    if held.reading is None or setting.kind is not EnvironmentKind.PRODUCTION:
        return None
    if held.definition.type.name in {"https_url", "supabase_url"} or _is_not_asked(held.key):
        return None
    url = held.reading.url
    if url is None or url.scheme not in {"http", "ws"} or _NAMES_ONLY.search(held.key):
        return None
    # Names without a point are of Render's private network, which needs no TLS.
    if not any(_is_public(host.name) for host in url.hosts):
        return None
    return "the value is a URL without TLS, so that anybody on the way can read and change what is sent"


def _is_public(host: str) -> bool:
    if "." not in host or is_local(host) or host == LISTENING or host in _VOCABULARIES:
        return False
    try:
        # A cloud's metadata, or a private network between clouds: RFC 3927, RFC 6598.
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    return not host.endswith((".internal", ".local", ".svc", ".lan"))


LOCAL = Rule(
    code="RC160",
    name="local-address",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Each service on Render runs on its own; localhost is only itself.",
    fix="put the address that the other side has on Render, or on the internet",
    source="https://render.com/docs/private-network",
    look=Alone(_local),
    fires=Example("redis://localhost:6379 in production", lambda: one("REDIS_URL", "redis://localhost:6379")),
    passes=Example(
        "redis://localhost:6379 in development",
        lambda: Scene((place(example("REDIS_URL", "redis://localhost:6379"), environment="development"),)),
    ),
)
PLAIN_HTTP = Rule(
    code="RC161",
    name="plain-http",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Keys and data of production would go over the internet in the clear.",
    fix="write https://; on Render's private network take the service's internal name",
    source="https://developer.mozilla.org/en-US/docs/Web/Security/Transport_Layer_Security",
    look=Alone(_plain, Kin.URL),
    fires=Example("http://api.example.com in production", lambda: one("BILLING_URL", "http://api.example.com")),
    passes=Example(
        "http://billing:10000, a name on the private network", lambda: one("BILLING_URL", "http://billing:10000")
    ),
)
