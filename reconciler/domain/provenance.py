"""Where a difference comes from: which side of it changed since the last apply, and who changed Render's."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.audit import VariableEvent
    from reconciler.domain.finding import Finding


class ChangeOrigin(StrEnum):
    """Which side is no longer what was last applied."""

    RENDER = "render"
    DESIRED = "services_yaml"
    """`services.yaml`, or the secret store that it refers to."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the difference at one address comes from."""

    origin: ChangeOrigin
    event: VariableEvent | None = None
    """Who changed it on Render, and when; `None` where it cannot be told for certain."""
    is_at_latest: bool = False
    """Whether the same actor changed the service several times, so that this change may be older than the event."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of where differences come from; what is not known is not in it.

    It is no part of a plan: nobody approves who changed what.
    """

    provenances: Mapping[Address, Provenance] = field(default_factory=dict)
    last_changes: Mapping[Owner, VariableEvent] = field(default_factory=dict)
    """The last change of a service's variables or secret files, where it may be what nobody is named for."""
    findings: tuple[Finding, ...] = ()
    """Warnings about rival controllers that were seen on the way; they belong to a plan's checks."""


UNEXPLAINED = Explanation()
