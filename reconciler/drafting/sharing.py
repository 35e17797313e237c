"""Sharing: what several services and groups say of a variable, said once where they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.draft import ONLY_IN, DraftVariable
from reconciler.drafting.variables import are_alike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.definition import Source
    from reconciler.domain.draft import DraftEntry


def shared_variables(entries: Sequence[DraftEntry]) -> dict[str, DraftVariable]:
    """Return the definitions that stand for all who have a variable of the name.

    Either all of them or none: a definition of their own would be laid over the shared one, and keep its type.
    """
    holders: dict[str, list[DraftVariable]] = {}
    for entry in entries:
        for key, variable in entry.variables.items():
            holders.setdefault(key, []).append(variable)
    found = {key: _common(variables) for key, variables in sorted(holders.items()) if len(variables) > 1}
    return {key: common for key, common in found.items() if common is not None}


def _common(variables: Sequence[DraftVariable]) -> DraftVariable | None:
    """Return what all of the definitions say, or `None` where they disagree anywhere."""
    sources: dict[str, Source] = {}
    notes: dict[str, None] = {}
    for variable in variables:
        if variable.type != variables[0].type:
            return None
        for environment, source in variable.sources.items():
            if sources.setdefault(environment, source) != source:
                return None
        notes |= dict.fromkeys(note for note in variable.notes if not note.startswith(ONLY_IN))
    return DraftVariable(sources, variables[0].type, tuple(notes)) if are_alike(sources) else None
