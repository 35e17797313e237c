"""Environments: which one a service or env group is of, by what is known of it or by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.config.names import NAME_PATTERN, ecma
from reconciler.domain.draft import DraftEnvironment
from reconciler.domain.state import EnvironmentKind

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def environments_named(names: Iterable[str]) -> dict[str, str]:
    """Return what environments that Render or a Blueprint knows by these names are called in `services.yaml`."""
    fitted = Names(reserved=_WORDS.values())
    found: dict[str, str] = {}
    for name in sorted(set(names)):
        lowered = name.strip().lower()
        found[name] = _WORDS.get(lowered) or fitted.of(lowered)
    return found


class Names:
    """Gives each distinct name that was found one that `services.yaml` can have, and no other has."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._whose: dict[str, str | None] = dict.fromkeys(reserved)

    def of(self, name: str) -> str:
        """Return the name, the same one each time, with a number where another one would be the same."""
        plain = candidate = fit(name)
        number = 1
        while self._whose.setdefault(candidate, name) != name:
            number += 1
            candidate = f"{plain}-{number}"
        return candidate


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
