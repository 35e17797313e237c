"""Differences between two revisions of `services.yaml`: what the newer one means that the older one did not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.domain.address import Address, Owner
    from reconciler.errors import Location


class DifferenceKind(StrEnum):
    """What happened to the meaning of something."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    """It stands elsewhere now: at another service or group, among the shared definitions, or under another name."""
    RETYPED = "retyped"
    """Another type, or other options of the same one."""
    SOURCE = "source_changed"
    """The value comes from elsewhere: another reference, or another kind of source."""
    VALUE = "value_changed"
    """Another literal."""
    SETTING = "setting_changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, about an address, else an owner, else an environment, else the approvers."""

    kind: DifferenceKind
    what: str
    """What of it is different: `type`, `reference`, `approvals`, `ignore`."""
    environment: str | None = None
    owner: Owner | None = None
    address: Address | None = None
    before: str | None = None
    after: str | None = None
    """Texts that may be shown; `None` where there was or is nothing, or where it may not be."""
    note: str | None = None
    """What follows from it on Render."""
    loosened: str | None = None
    """Which protection is weaker for it, in a sentence; `None` where none is."""
    location: Location | None = None
    """Where the newer revision says so; `None` where it says nothing."""

    @property
    def subject(self) -> str:
        """What it is about, as text."""
        return str(self.address or self.owner or self.environment or "approvers")


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    """Everything that a file means differently than at a revision."""

    file: str
    base: str
    """The revision, as it was named."""
    commit: str
    differences: tuple[Difference, ...]
    is_new: bool = False
    """Whether the file did not exist at the revision."""

    @property
    def loosened(self) -> tuple[Difference, ...]:
        """The differences that make a protection weaker."""
        return tuple(difference for difference in self.differences if difference.loosened is not None)

    def count(self, kind: DifferenceKind) -> int:
        """How many differences are of a kind."""
        return sum(difference.kind is kind for difference in self.differences)
