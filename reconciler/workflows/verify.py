"""Verify one service or env group: read it once more after its writes, and judge each write by what is there now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.outcome import StepOutcome, StepStatus
from reconciler.domain.state import LiveService
from reconciler.domain.value import Secret
from reconciler.errors import RenderError
from reconciler.planning.steps import GroupSteps
from reconciler.planning.verification import mismatches
from reconciler.planning.wanted import live_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.address import Address
    from reconciler.planning.steps import EntrySteps, Step
    from reconciler.ports import LiveReader

WRITTEN = frozenset({StepStatus.DONE, StepStatus.UNKNOWN})


async def verify(
    service: EntrySteps,
    outcomes: Sequence[StepOutcome],
    expected: Mapping[Address, Secret | None],
    reader: LiveReader,
) -> tuple[tuple[StepOutcome, ...], str | None]:
    """Return the outcomes as one more read settles them, and what does not match or could not be read."""
    try:
        held = await _held(service, reader)
    except RenderError as error:
        return tuple(outcomes), f"could not be read once more after the writes: {error.message}"
    settled = tuple(
        _settle(outcome, step, expected[step.address], held) if outcome.status in WRITTEN else outcome
        for outcome, step in zip(outcomes, service.steps, strict=True)
    )
    unwritten = {outcome.address for outcome in outcomes if outcome.status not in WRITTEN}
    wrong = mismatches({address: value for address, value in expected.items() if address not in unwritten}, held)
    if wrong:
        names = ", ".join(str(address) for address in wrong)
        return settled, f"read once more after the writes, these are not as planned: {names}"
    return settled, None


def _settle(outcome: StepOutcome, step: Step, after: Secret | None, held: Mapping[Address, Secret]) -> StepOutcome:
    """Judge a write by what is there now, whatever Render's answer to it said, or whether one came at all."""
    now = held.get(step.address)
    if now == after:
        lost = "the answer was lost; it was read back equal" if outcome.status is StepStatus.UNKNOWN else None
        return StepOutcome(step.address, step.action, StepStatus.DONE, lost)
    if now == step.before:
        was_done = outcome.status is StepStatus.DONE
        said = "Render said that it was done, and has the old value" if was_done else outcome.detail
        return StepOutcome(step.address, step.action, StepStatus.FAILED, said, was_sent=was_done)
    if outcome.status is StepStatus.DONE:
        detail = "it was written, and somebody has changed it since"
        return StepOutcome(step.address, step.action, StepStatus.CONFLICT, detail, was_sent=True)
    return outcome


async def _held(service: EntrySteps, reader: LiveReader) -> dict[Address, Secret]:
    """Read what a service or group has once more: files and links of a service where the plan is about any."""
    if isinstance(service, GroupSteps):
        return live_values(service.owner, await reader.group(service.target.id))
    variables = await reader.variables(service.target.id)
    planned = [*service.settled, *(step.address for step in service.steps)]
    wants_files = any(address.kind is Kind.SECRET_FILE for address in planned)
    files = await reader.secret_files(service.target.id) if wants_files else None
    held = live_values(service.owner, LiveService(service.target, variables, files))
    links = {step.address: step.after for step in service.steps} | dict(service.settled)
    for address, group_id in links.items():
        if address.kind is Kind.ENV_GROUP_LINK and isinstance(group_id, Secret):
            group = await reader.group(group_id.reveal())
            held |= {address: group_id} if group.is_linked_to(service.target.id) else {}
    return held
