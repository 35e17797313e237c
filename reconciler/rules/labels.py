"""RC162: the name of another environment in a value, as it is left over from a copy."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.domain.state import EnvironmentKind
from reconciler.rules.example import one
from reconciler.rules.exposed import FAMILY
from reconciler.rules.leak import looks_secret
from reconciler.rules.rule import NAMES, Alone, Example, Rule

if TYPE_CHECKING:
    from reconciler.rules.reading import Reading
    from reconciler.rules.scene import Held, Setting

_WORDS = {
    EnvironmentKind.PRODUCTION: frozenset({"production", "prod"}),
    EnvironmentKind.STAGING: frozenset({"staging", "stg"}),
    EnvironmentKind.DEVELOPMENT: frozenset({"development", "dev"}),
}
_MEANT = re.compile(
    r"WITHOUT|EXCLUDE|IGNORE|OMIT|SKIP|EXCEPT|CORS|ORIGIN|ALLOW|REDIRECT|UPSTREAM|PROMOTE", re.IGNORECASE
)
"""Names of variables that are about other environments on purpose."""
_NAME = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
_PARTS = re.compile(r"[a-z0-9]+")
_LONGEST = 200
_COMMON_HOSTS = frozenset({"dev.azure.com"})
_VENDORS = (".grafana.net", ".logic.azure.com")
"""Hosts that have such a label for everybody: the vendor's production."""


@cache
def _foreign(setting: Setting) -> frozenset[str]:
    """Return the labels of the file's other environments that are not this one's too."""
    own = _WORDS[setting.kind] | frozenset(_PARTS.findall(setting.environment.lower()))
    words = (_WORDS[kind] for _, kind in setting.others if kind is not setting.kind)
    return frozenset().union(*words) - own


@lru_cache(NAMES)
def _is_meant(key: str) -> bool:
    return _MEANT.search(key) is not None


def _judge(held: Held, setting: Setting) -> str | None:
    if held.reading is None or len(held.reading.text) > _LONGEST or _is_meant(held.key):
        return None
    foreign = _foreign(setting)
    if not foreign:
        return None
    lowered = held.reading.text.lower()
    if not any(word in lowered for word in foreign):
        return None
    named = frozenset(_PARTS.findall(held.key.lower()))
    # A variable that is called after another environment is about it.
    meant = frozenset().union(*(words for words in _WORDS.values() if words & named))
    found = (foreign - meant) & _labels(held.reading, setting)
    return "the value has the label of another environment in it" if found else None


def _labels(reading: Reading, setting: Setting) -> set[str]:
    """Return the words of a value that name an environment if they are the name of one."""
    if reading.hosts:
        return {
            part
            for host in reading.hosts
            if host.name not in _COMMON_HOSTS and not host.name.endswith(_VENDORS)
            # The last two labels are a domain that somebody owns, `.dev` among them.
            for label in host.name.split(".")[: -2 if "." in host.name else None]
            for part in _PARTS.findall(label)
        } | _path_labels(reading)
    # Elsewhere `production` is the name of a mode, which staging has too: NODE_ENV, settings modules, bundles.
    if (
        setting.kind is not EnvironmentKind.PRODUCTION
        or not _NAME.fullmatch(reading.text)
        or looks_secret(reading.text)
    ):
        return set()
    return set(_PARTS.findall(reading.text.removesuffix(".dev")))


def _path_labels(reading: Reading) -> set[str]:
    path = reading.url.path.lower() if reading.url else ""
    return set(_PARTS.findall(path)) - {"dev", "prod"}


OTHER_LABEL = Rule(
    code="RC162",
    name="other-environment-label",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="A value that was copied along with all others still leads to the environment that it is from.",
    fix="put this environment's own value here, or allow it where the other one is meant",
    source="observed",
    look=Alone(_judge),
    fires=Example(
        "https://api.staging.example.com in production",
        lambda: one("BILLING_URL", "https://api.staging.example.com"),
    ),
    passes=Example("https://api.example.com in production", lambda: one("BILLING_URL", "https://api.example.com")),
)
