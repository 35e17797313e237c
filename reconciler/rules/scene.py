"""What rules look at: services and groups with their definitions, values, and what Render says of them.

Plain data, made by who knows it: of a file alone, of a plan, of what is live. What is not known is `None`, and rules
that need it are silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.domain.address import Address

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.address import Kind, Owner
    from reconciler.domain.definition import Definition
    from reconciler.domain.state import EnvironmentKind, ServiceType
    from reconciler.errors import Location
    from reconciler.rules.reading import Reading


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds the values of one environment."""

    environment: str
    kind: EnvironmentKind
    others: tuple[tuple[str, EnvironmentKind], ...] = ()
    """The file's other environments."""
    moment: datetime | None = None
    """When the values are judged, for what expires; the core has no clock."""


@dataclass(frozen=True, slots=True)
class Held:
    """One declared variable or secret file, with its value where that is known."""

    kind: Kind
    definition: Definition
    reading: Reading | None = None

    @property
    def key(self) -> str:
        """Its name."""
        return self.definition.key


@dataclass(frozen=True, slots=True)
class Rendered:
    """What Render says of a service or group, as far as that was read."""

    keys: frozenset[str]
    """The variables that are set there now, declared or not."""
    type: ServiceType | None = None
    """`None` for a group."""
    region: str | None = None
    created_at: datetime | None = None


Datastores = Mapping[str, Mapping[str, str | None]]
"""The regions of a workspace's databases by id, by what such ids begin with (`dpg-`, `red-`)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One service or group in one environment."""

    owner: Owner
    setting: Setting
    location: Location
    variables: Mapping[str, Held]
    files: Mapping[str, Held] = field(default_factory=dict)
    groups: tuple[Place, ...] = ()
    """The groups that a service is declared to be linked to."""
    rendered: Rendered | None = None
    """`None` where nobody has asked Render."""
    datastores: Datastores = field(default_factory=dict)

    @property
    def held(self) -> Iterator[Held]:
        """Everything that is declared, variables first, by name."""
        for holding in (self.variables, self.files):
            for key in sorted(holding):
                yield holding[key]

    def address(self, held: Held) -> Address:
        """Return the address of something declared here."""
        return Address(self.owner, held.kind, held.key)


@dataclass(frozen=True, slots=True)
class Scene:
    """All services and groups that are judged together."""

    places: tuple[Place, ...]
    is_whole: bool = False
    """Whether it is everything that the file declares, in all environments."""
