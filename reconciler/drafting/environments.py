"""Environments: which one a service or env group is of, by what is known of it or by its name."""

from __future__ import annotations

import re

from reconciler.config.names import NAME_PATTERN, ecma
from reconciler.domain.draft import DraftEnvironment
from reconciler.domain.state import EnvironmentKind

_WORDS = {
    "production": "production",
    "prod": "production",
    "staging": "staging",
    "stage": "staging",
    "stg": "staging",
    "development": "development",
    "dev": "development",
}
"""What people call their environments within names, and the environment that is meant."""

_ANY = "|".join(_WORDS)
_SUFFIX = re.compile(rf"(?P<base>.+?)[-_. ]+(?P<word>{_ANY})", re.IGNORECASE)
_PREFIX = re.compile(rf"(?P<word>{_ANY})[-_. ]+(?P<base>.+)", re.IGNORECASE)
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_NAME = ecma(NAME_PATTERN)
_LONGEST = 120
_RANKS = {EnvironmentKind.DEVELOPMENT: 0, EnvironmentKind.STAGING: 1, EnvironmentKind.PRODUCTION: 2}


def split(name: str) -> tuple[str, str | None]:
    """Return a name without the word for an environment at its end or beginning, and that environment, if any."""
    match = _SUFFIX.fullmatch(name) or _PREFIX.fullmatch(name)
    return (match["base"], _WORDS[match["word"].lower()]) if match else (name, None)


def base(name: str, environment: str) -> str:
    """Return a name without the word for its environment, whichever of the words for it stands there."""
    found, told = split(name)
    if told == environment:
        return found
    for edge in (f"-{environment}", f"_{environment}"):
        if name.lower().endswith(edge.lower()) and len(name) > len(edge):
            return name[: -len(edge)]
    return name


def environment_named(name: str) -> str:
    """Return what an environment that Render or a Blueprint knows by a name is called in `services.yaml`."""
    lowered = fit(name).lower()
    return _WORDS.get(lowered, lowered)


def fit(name: str) -> str:
    """Return a name as `services.yaml` can have it for an environment, a service or an env group."""
    found = _UNFIT.sub("-", name)[:_LONGEST].strip("-") or "unnamed"
    return found if _NAME.match(found) else "unnamed"


def described(name: str) -> DraftEnvironment:
    """Return an environment with its kind: production, the strictest, where its name does not tell."""
    kinds = {kind.value: kind for kind in EnvironmentKind}
    return DraftEnvironment(name, kinds.get(name, EnvironmentKind.PRODUCTION), is_guessed=name not in kinds)


def rank(name: str) -> tuple[int, str]:
    """Return what environments are ordered by: development, staging, production, and by name within those."""
    return (_RANKS[described(name).kind], name)
