"""Steps: the writes of a plan with the values they need; they live in memory only, never in a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.definition import Generate
from reconciler.domain.value import Secret
from reconciler.planning.values import declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.journal import Reach
    from reconciler.domain.plan import Plan, PlannedDeploy
    from reconciler.domain.state import DesiredService, ServiceSummary
    from reconciler.planning.diff import ServiceDiff


@dataclass(frozen=True, slots=True)
class Step:
    """One write: what must be there just before it, and what is to be there after it."""

    address: Address
    action: Action
    before: Secret | None
    after: Secret | Generate | None
    is_kept: bool = False
    """Whether it must not be deleted to undo this: it is generated, or its rotation is destructive."""


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, ready to be carried out: the data that is shown and approved beside the values that it stands for."""

    plan: Plan
    services: tuple[ServiceSteps, ...]
    vouched: frozenset[Owner] = frozenset()
    """The services of which the journal knows that what runs there was started with the values they have."""

    @property
    def unverified(self) -> int:
        """Of how many services nobody knows whether what runs there has the values that are set."""
        return len({target.owner for target in self.plan.targets} - self.vouched)

    @property
    def values(self) -> list[Secret]:
        """Every value that the plan knows of, old and new: what no message may quote."""
        found: list[Secret | Generate | None] = [
            value for service in self.services for value in service.settled.values()
        ]
        found += [value for service in self.services for step in service.steps for value in (step.before, step.after)]
        return [value for value in found if isinstance(value, Secret)]


def steps_of(
    desired: DesiredService,
    target: ServiceSummary,
    difference: ServiceDiff,
    deploy: PlannedDeploy | None,
    reaches: tuple[Reach, ...],
) -> ServiceSteps:
    """Return the steps of one service, in the plan's order."""
    definitions = {item.address: item.definition for item in declared(desired)}
    steps: list[Step] = []
    settled: dict[Address, Secret | None] = {}
    for item in difference.differences:
        if item.change.action is Action.NO_OP:
            settled[item.change.address] = item.before
        else:
            definition = definitions.get(item.change.address)
            is_kept = definition is not None and (
                definition.rotation_destructive or isinstance(definition.source, Generate)
            )
            steps.append(Step(item.change.address, item.change.action, item.before, item.after, is_kept))
    return ServiceSteps(desired.owner, target, desired, tuple(steps), settled, deploy, reaches)


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
            undo = Step(step.address, _UNDOING[step.action], written[step.address], step.before, step.is_kept)
            steps.append(undo)
    return replace(service, steps=tuple(steps), settled=settled, deploy=service.deploy if steps else None)


_UNDOING = {Action.CREATE: Action.DELETE, Action.UPDATE: Action.UPDATE, Action.DELETE: Action.CREATE}
