"""The case: everything that was gathered of one service, as data; what could not be read is `None`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.diagnosis.standing import standing_of, story_of
from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import Absent
from reconciler.domain.diagnosis import CheckState, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.audit import VariableEvent
    from reconciler.domain.definition import Definition
    from reconciler.domain.deploy import Deploy
    from reconciler.domain.diagnosis import Check, DeployStory, Sighting, Symptom
    from reconciler.domain.event import ServiceEvent
    from reconciler.domain.finding import Finding
    from reconciler.domain.journal import RunHistory
    from reconciler.domain.state import DesiredService, DesiredState, LiveGroup, ServiceSummary
    from reconciler.domain.value import Secret


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The same service in an environment that works, to compare with."""

    owner: Owner
    variables: Mapping[str, Secret]
    standing: Standing = Standing.UNKNOWN

    @property
    def works(self) -> bool:
        """Whether it is seen to run."""
        return self.standing is Standing.RUNNING


@dataclass(frozen=True)
class Case:
    """What was gathered."""

    desired: DesiredState
    owner: Owner
    summary: ServiceSummary
    now: datetime
    checks: tuple[Check, ...]
    deploys: Sequence[Deploy] | None = None
    """Newest first."""
    events: Sequence[ServiceEvent] | None = None
    """Newest first."""
    sightings: Sequence[Sighting] | None = None
    logs_since: datetime | None = None
    variables: Mapping[str, Secret] | None = None
    """What is set on the service itself."""
    files: Mapping[str, Secret] | None = None
    groups: Mapping[Owner, LiveGroup] = field(default_factory=dict)
    """The groups that the service is declared to be linked to, as far as they were read."""
    wanted: Mapping[Address, Secret] = field(default_factory=dict)
    """What literals and references stand for, as far as they could be had."""
    findings: Sequence[Finding] = ()
    """What the rules say of what is live now."""
    changes: Sequence[VariableEvent] = ()
    """Who changed the service's variables, newest first, as far as Render's audit log tells."""
    runs: Sequence[RunHistory] = ()
    is_owed: bool = False
    """Whether the journal knows of values that still wait for a deploy."""
    complaint: str | None = None
    """What the service's health path answered that a healthy one would not."""
    neighbour: Neighbour | None = None

    @cached_property
    def service(self) -> DesiredService:
        """What the file says of the service."""
        return self.desired.services[self.owner]

    @cached_property
    def standing(self) -> Standing:
        """How it stands."""
        return standing_of(self.summary, self.deploys, self.events, self.now)

    @cached_property
    def story(self) -> DeployStory:
        """When it began to fail."""
        return story_of(self.deploys)

    @property
    def is_failing(self) -> bool:
        """Whether it is seen not to work."""
        return self.standing.is_failing or self.complaint is not None

    @cached_property
    def declared(self) -> dict[Address, Definition]:
        """Every definition of the service and of the groups that it is declared to be linked to."""
        found = {Address(self.owner, Kind.ENV_VAR, key): each for key, each in self.service.variables.items()}
        found |= {Address(self.owner, Kind.SECRET_FILE, key): each for key, each in self.service.secret_files.items()}
        for name in self.service.env_groups:
            owner = Owner(self.owner.environment, group=name)
            if owner in self.desired.groups:
                entries = self.desired.groups[owner].variables
                found |= {Address(owner, Kind.ENV_VAR, key): each for key, each in entries.items()}
        return found

    @property
    def has_journal(self) -> bool:
        """Whether the journal was read, so that its silence says something."""
        return any(check.name == "journal" and check.state is CheckState.DONE for check in self.checks)

    def is_linked(self, owner: Owner) -> bool:
        """Whether a group that was read is linked to the service."""
        return owner in self.groups and self.groups[owner].is_linked_to(self.summary.id)

    def live(self, address: Address) -> Secret | None:
        """Return what stands at an address on Render; `None` where nothing does, or where it was not read."""
        if address.owner.group is not None:
            group = self.groups.get(address.owner)
            return None if group is None else group.variables.get(address.key)
        held = self.variables if address.kind is Kind.ENV_VAR else self.files
        return None if held is None else held.get(address.key)

    def was_read(self, address: Address) -> bool:
        """Whether what stands at an address is known."""
        if address.owner.group is not None:
            return address.owner in self.groups
        return (self.variables if address.kind is Kind.ENV_VAR else self.files) is not None

    @cached_property
    def effective(self) -> dict[str, Secret]:
        """What the service's processes would see now: its groups' variables, and its own, which win."""
        found: dict[str, Secret] = {}
        for owner, group in self.groups.items():
            if self.is_linked(owner):
                found |= group.variables
        return found | dict(self.variables or {})

    @cached_property
    def missing(self) -> tuple[Address, ...]:
        """Everything that is declared and known not to be there."""
        return tuple(
            sorted(
                (
                    address
                    for address, definition in self.declared.items()
                    if not isinstance(definition.source, Absent)
                    and self.was_read(address)
                    and self.live(address) is None
                    and not (address.kind is Kind.ENV_VAR and address.key in self.effective)
                ),
                key=lambda address: address.sort_key,
            )
        )

    def seen(self, *symptoms: Symptom) -> tuple[Sighting, ...]:
        """Return the sightings of some symptoms."""
        return tuple(each for each in self.sightings or () if each.symptom in symptoms)
