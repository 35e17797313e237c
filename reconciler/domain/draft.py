"""The nouns of a first `services.yaml`: what was found, and the draft that is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.domain.definition import TypeSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Source
    from reconciler.domain.state import EnvironmentKind
    from reconciler.domain.value import Secret

Notes = tuple[str, ...]
"""Sentences for whoever has to decide something; none of them holds a value."""

ONLY_IN = "decide: only in "
"""How the note begins that is about one service or group, and not about the variable wherever it is."""


@dataclass(frozen=True, slots=True)
class FoundVariable:
    """One variable or secret file of one service or env group, as it was found."""

    source: Source
    """Services are named in it as they were found."""
    value: Secret | None = None
    """Its value where that is known: a type is inferred from it, and it goes nowhere."""
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """One service or env group, as it was found."""

    name: str
    target: str
    """What `render:` is to say: its name or id on Render."""
    environment: str | None = None
    """The environment that it is known to be of; `None` where only its name can tell."""
    variables: Mapping[str, FoundVariable] = field(default_factory=dict)
    secret_files: Mapping[str, FoundVariable] = field(default_factory=dict)
    env_groups: tuple[str, ...] = ()
    """Targets of the groups that it is linked to."""
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that was found in one place."""

    origin: str
    """Where, as a sentence goes on after "from"."""
    services: tuple[FoundEntry, ...]
    env_groups: tuple[FoundEntry, ...] = ()
    workspace: str | None = None
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class DraftVariable:
    """One variable or secret file of a draft: sources of one kind, one for each environment that it is set in."""

    sources: Mapping[str, Source]
    type: TypeSpec = field(default_factory=TypeSpec)
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """One service or env group of a draft, in all of its environments."""

    targets: Mapping[str, str]
    variables: Mapping[str, DraftVariable] = field(default_factory=dict)
    secret_files: Mapping[str, DraftVariable] = field(default_factory=dict)
    env_groups: tuple[str, ...] = ()
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class DraftEnvironment:
    """An environment of a draft."""

    name: str
    kind: EnvironmentKind
    is_guessed: bool = False
    """Whether its name does not tell its kind."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A first `services.yaml`, before it is text."""

    origin: str
    environments: tuple[DraftEnvironment, ...]
    shared: Mapping[str, DraftVariable]
    """What services and groups have in common, by name; an entry has them in the environments that its own says."""
    services: Mapping[str, DraftEntry]
    env_groups: Mapping[str, DraftEntry]
    workspace: str | None = None
    notes: Notes = ()
