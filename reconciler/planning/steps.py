"""Steps: the writes of a plan with the values they need; they live in memory only, never in a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind, Owner
from reconciler.domain.change import Action
from reconciler.domain.value import Secret
from reconciler.planning.order import depth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.journal import Reach
    from reconciler.domain.plan import Plan, PlannedDeploy
    from reconciler.domain.state import (
        DesiredGroup,
        DesiredService,
        EnvironmentKind,
        GroupSummary,
        LiveGroup,
        LiveService,
        ServiceSummary,
    )
    from reconciler.planning.diff import Difference, ServiceDiff
    from reconciler.planning.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Step:
    """One write: what must be there just before it, and what is to be there after it."""

    address: Address
    action: Action
    before: Secret | None
    after: Wanted
    waits_for: Address | None = None
    """The write that has to be done first, because the value comes from there."""
    is_kept: bool = False
    """Whether it must not be deleted to undo this: it is generated, its rotation is destructive, or it is a link."""


@dataclass(frozen=True, slots=True)
class ServiceSteps:
    """What an apply does to one service, in order: the writes, one more read, the deploy, the health check."""

    owner: Owner
    target: ServiceSummary
    desired: DesiredService
    steps: tuple[Step, ...]
    settled: Mapping[Address, Secret | None]
    """Declared addresses that the plan leaves as they are; `None` where nothing may be there."""
    deploy: PlannedDeploy | None
    reaches: tuple[Reach, ...]
    """The services that have to be deployed before the writes take effect, whether or not the plan deploys them."""
    reached_by: tuple[Owner, ...] = ()
    """The env groups whose changes in this plan reach the service: it is deployed once they are written."""

    @property
    def after(self) -> tuple[Owner, ...]:
        """The services that have to be finished before anything is done here."""
        return tuple(Owner(self.owner.environment, service=name) for name in self.desired.deploy.after)


@dataclass(frozen=True, slots=True)
class GroupSteps:
    """What an apply does to one env group, in order: the writes, one more read; the services are deployed."""

    owner: Owner
    target: GroupSummary
    desired: DesiredGroup
    steps: tuple[Step, ...]
    settled: Mapping[Address, Secret | None]
    reaches: tuple[Reach, ...]

    @property
    def deploy(self) -> None:
        """Nothing: a group is not deployed."""
        return

    @property
    def reached_by(self) -> tuple[Owner, ...]:
        """Nothing: no group reaches another."""
        return ()

    @property
    def after(self) -> tuple[Owner, ...]:
        """Nothing: a group waits for no deploy."""
        return ()


EntrySteps = ServiceSteps | GroupSteps
"""What an apply does to one entry of services.yaml."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, ready to be carried out: the data that is shown and approved beside the values that it stands for."""

    plan: Plan
    services: tuple[ServiceSteps, ...]
    groups: tuple[GroupSteps, ...] = ()
    vouched: frozenset[Owner] = frozenset()
    """The services of which the journal knows that what runs there was started with the values they have."""
    looked_into: Mapping[Owner, LiveService | LiveGroup] = field(default_factory=dict)
    """Every service and group whose values were read, in scope or not: values and links may come from each of them."""
    left: frozenset[Owner] = frozenset()
    """Services in scope that were not read, because nobody has changed them; the plan says nothing of them."""
    kinds: Mapping[str, EnvironmentKind] = field(default_factory=dict)
    """What kind each environment of services.yaml is: by that, rules judge the values of all of them."""

    @property
    def entries(self) -> tuple[EntrySteps, ...]:
        """What is done to services and to groups."""
        return (*self.groups, *self.services)

    @property
    def unverified(self) -> int:
        """Of how many services nobody knows whether what runs there has the values that are set."""
        return len({service.owner for service in self.services} - self.vouched)

    @property
    def values(self) -> list[Secret]:
        """Every value that the plan knows of, old and new: what no message may quote. A link's is no secret."""
        found: list[Wanted] = []
        for entry in self.entries:
            found += [value for address, value in entry.settled.items() if address.kind is not Kind.ENV_GROUP_LINK]
            for step in entry.steps:
                found += [] if step.address.kind is Kind.ENV_GROUP_LINK else [step.before, step.after]
        return [value for value in found if isinstance(value, Secret)]


def steps_of(difference: ServiceDiff, waiting: Mapping[Address, Address]) -> tuple[Step, ...]:
    """Return the writes of one service or group: in the plan's order, those that wait for others after the others."""
    steps = [
        Step(
            item.change.address,
            item.change.action,
            item.before,
            item.after,
            waiting.get(item.change.address),
            item.is_kept,
        )
        for item in pending(difference.differences)
    ]
    return tuple(sorted(steps, key=lambda step: (depth(step.address, waiting), step.address.sort_key)))


def settled_of(difference: ServiceDiff) -> dict[Address, Secret | None]:
    """Return what the plan leaves as it is."""
    return {item.change.address: item.before for item in difference.differences if item.change.action is Action.NO_OP}


def pending(differences: Sequence[Difference]) -> list[Difference]:
    """Return the differences that something is to be written for."""
    return [item for item in differences if item.change.action is not Action.NO_OP]


def undoing(service: ServiceSteps, written: Mapping[Address, Secret | None]) -> ServiceSteps:
    """Return the steps that put back what was there before the writes that were done, the last one first.

    `written` holds what each of them set. What must not be deleted stays. There is a deploy only if something is put
    back, since nothing else differs from what the last deploy had.
    """
    settled = dict(service.settled)
    steps: list[Step] = []
    for step in reversed(service.steps):
        if step.address not in written:
            settled[step.address] = step.before
        elif step.before is None and step.is_kept:
            settled[step.address] = written[step.address]
        else:
            undo = Step(step.address, _UNDOING[step.action], written[step.address], step.before, is_kept=step.is_kept)
            steps.append(undo)
    return replace(service, steps=tuple(steps), settled=settled, deploy=service.deploy if steps else None)


_UNDOING = {Action.CREATE: Action.DELETE, Action.UPDATE: Action.UPDATE, Action.DELETE: Action.CREATE}
