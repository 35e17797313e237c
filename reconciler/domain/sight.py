"""Sight: what a command that goes on without what it cannot read has seen of Render and of the secret stores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.address import Address, Kind, Owner
    from reconciler.domain.matrix import Unread
    from reconciler.domain.state import LiveGroup, LiveService, LiveState
    from reconciler.domain.value import Secret


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen; an owner that is not in `live` was not."""

    live: LiveState
    values: Mapping[Address, Secret]
    """What literals and references stand for, where that could be had."""
    unread: tuple[Unread, ...] = ()
    blind: frozenset[tuple[Owner, Kind]] = field(default_factory=frozenset)
    """Of which service which kind of thing could not be read, although others of it could."""

    def of(self, owner: Owner) -> LiveService | LiveGroup | None:
        """Return what a service or group has; `None` where that could not be read."""
        return self.live.services.get(owner) or self.live.groups.get(owner) or self.live.elsewhere.get(owner)

    def saw(self, owner: Owner, kind: Kind) -> bool:
        """Whether it is known what an owner has of a kind."""
        return (owner, kind) not in self.blind and self.of(owner) is not None
