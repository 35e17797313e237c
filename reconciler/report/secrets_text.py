"""What the secret stores answered, counted by store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.domain.unresolved import Cause, Unresolved
from reconciler.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret


def secrets_text(found: Mapping[SecretRef, Secret | Problem]) -> str:
    """Return a line for each store: how many references were found, missing, forbidden, failed."""
    if not found:
        return "services.yaml refers to no secrets."
    stores: dict[str, Counter[str]] = {}
    for reference, answer in found.items():
        stores.setdefault(reference.scheme, Counter())[_outcome(answer)] += 1
    width = max(len(name) for name in stores)
    return "\n".join(f"{name:<{width}}  {_counts(counter)}" for name, counter in sorted(stores.items()))


def _outcome(answer: Secret | Problem) -> str:
    match answer:
        case Unresolved(cause=cause):
            return cause.value
        case Problem():
            return Cause.FAILED.value
        case _:
            return "found"


def _counts(counter: Counter[str]) -> str:
    """Name what was found, missing and forbidden even where it is none, and what failed where there is something."""
    shown = [f"{counter[word]} {word}" for word in ("found", Cause.MISSING.value, Cause.FORBIDDEN.value)]
    failed = counter[Cause.FAILED.value]
    return ", ".join([*shown, f"{failed} failed"] if failed else shown)
