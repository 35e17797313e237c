"""The course of one apply: what its writes and deploys wait for, and the values that it makes."""

from __future__ import annotations

import asyncio
import base64
import secrets
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.definition import Generate
from reconciler.domain.outcome import StepStatus
from reconciler.domain.value import Secret
from reconciler.planning.wanted import Made

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.outcome import ServiceOutcome, StepOutcome
    from reconciler.planning.steps import EntrySteps, ServiceSteps, Step


class Course:
    """What goes on beside each other in one apply.

    Whatever an entry comes to is told here in the end, so that nobody waits for ever; that the waiting does not go
    round in a circle was checked when the plan was made.
    """

    def __init__(self, entries: Iterable[EntrySteps]) -> None:
        loop = asyncio.get_running_loop()
        self._entries = {entry.owner: entry for entry in entries if entry.steps or entry.deploy}
        self._ends: Mapping[Owner, asyncio.Future[ServiceOutcome]] = {
            owner: loop.create_future() for owner in self._entries
        }
        steps = [step for entry in self._entries.values() for step in entry.steps]
        self._written: Mapping[Address, asyncio.Future[bool]] = {step.address: loop.create_future() for step in steps}
        self._made = _made(steps)

    @property
    def entries(self) -> Iterable[EntrySteps]:
        """The services and groups that something is to be done to."""
        return self._entries.values()

    def value(self, step: Step) -> Secret | None:
        """Return what a step writes; a value that is made was made once, for all who get it."""
        match step.after:
            case Generate():
                return self._made[step.address]
            case Made(address):
                return self._made[address]
            case _:
                return step.after

    async def may_write(self, step: Step) -> bool:
        """Wait for the write that a step's value comes from; return whether it was done."""
        return step.waits_for is None or await self._written[step.waits_for]

    async def predecessors_succeeded(self, entry: EntrySteps) -> bool:
        """Wait for the services that have to be finished before; return whether all of them are as planned."""
        ends = [await self._ends[owner] for owner in entry.after if owner in self._ends]
        return all(outcome.succeeded for outcome in ends)

    async def failed_groups(self, service: ServiceSteps) -> list[Owner]:
        """Wait for the groups whose changes reach a service; return those that are not as planned."""
        ends = [await self._ends[owner] for owner in service.reached_by if owner in self._ends]
        return [outcome.owner for outcome in ends if not outcome.succeeded]

    def note(self, steps: Iterable[StepOutcome], *, is_final: bool = True) -> None:
        """Tell those who wait what became of writes; before the end only of those that were done."""
        for step in steps:
            written, is_done = self._written[step.address], step.status is StepStatus.DONE
            if not written.done() and (is_done or is_final):
                written.set_result(is_done)

    def finish(self, outcome: ServiceOutcome) -> None:
        """Tell those who wait what an entry came to."""
        self.note(outcome.steps)
        self._ends[outcome.owner].set_result(outcome)


def _made(steps: Iterable[Step]) -> dict[Address, Secret]:
    """Make the values that are to be made: one for each address, or one for all who share it."""
    found: dict[Address, Secret] = {}
    shared: dict[str, Secret] = {}
    for step in steps:
        match step.after:
            case Generate(shared_as=None) as recipe:
                found[step.address] = _generated(recipe)
            case Generate(shared_as=str() as name) as recipe:
                found[step.address] = shared.setdefault(name, _generated(recipe))
            case _:
                pass
    return found


def _generated(recipe: Generate) -> Secret:
    made = secrets.token_bytes(recipe.bytes)
    match recipe.encoding:
        case "base64":
            return Secret(base64.standard_b64encode(made).decode())
        case "urlsafe":
            return Secret(base64.urlsafe_b64encode(made).decode())
        case "hex":
            return Secret(made.hex())
        case _:
            assert_never(recipe.encoding)
