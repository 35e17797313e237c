"""The scope of a command: the environments and services that were asked for, checked against what is declared."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.plan import Scope
from reconciler.domain.printable import printable
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.domain.state import DesiredState


def scope_of(desired: DesiredState, environments: Sequence[str], services: Sequence[str]) -> Scope:
    """Return the scope that names stand for; no environments means all of them.

    Raises `UsageError` for a name that is not declared, or a service that none of the environments has.
    """
    for name in environments:
        _require(name, desired.environments, "environment")
    for name in services:
        _require(name, sorted({owner.name for owner in desired.services}), "service")
    chosen = tuple(sorted(set(environments) or set(desired.environments)))
    for name in services:
        if not any(owner.name == name and owner.environment in chosen for owner in desired.services):
            raise UsageError(f"service `{name}` is not declared in {', '.join(chosen)}")
    return Scope(chosen, tuple(sorted(set(services))))


def within(desired: DesiredState, scope: Scope) -> DesiredState:
    """Return the part of a desired state that a scope is about; groups belong to it only without chosen services."""
    return replace(
        desired,
        environments={name: desired.environments[name] for name in scope.environments},
        services={
            owner: service
            for owner, service in desired.services.items()
            if owner.environment in scope.environments and (not scope.services or owner.name in scope.services)
        },
        groups={}
        if scope.services
        else {owner: group for owner, group in desired.groups.items() if owner.environment in scope.environments},
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` did you mean `x`?` for the nearest known word, or what there is, or nothing."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if near:
        return f"; did you mean `{printable(near[0])}`?"
    return f"; there is {', '.join(f'`{printable(name)}`' for name in words)}" if 0 < len(words) <= 10 else ""  # noqa: PLR2004 — what fits a line or two


def _require(name: str, known: Iterable[str], noun: str) -> None:
    if name not in set(known):
        raise UsageError(f"no {noun} `{name}` in services.yaml{did_you_mean(name, known)}")
