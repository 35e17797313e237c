"""Write one service: read each key just before its own write, then read the service once more."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Address, Kind
from reconciler.domain.definition import Generate
from reconciler.domain.outcome import StepOutcome, StepStatus
from reconciler.domain.value import Secret
from reconciler.errors import RenderError, UnconfirmedWriteError
from reconciler.planning.verification import mismatches

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import ServiceSteps, Step
    from reconciler.ports import LiveReader, LiveWriter, Progress


async def write_service(
    service: ServiceSteps, writer: LiveWriter, key: FingerprintKey, stop: asyncio.Event, progress: Progress
) -> tuple[tuple[StepOutcome, ...], str | None]:
    """Carry out a service's writes in order; the first one that does not succeed ends them.

    Returns each step's outcome, and what did not match when the service was read once more. `stop` ends the work
    between two writes, never within one.
    """
    outcomes: list[StepOutcome] = []
    expected: dict[Address, Secret | None] = dict(service.settled)
    for step in service.steps:
        if stop.is_set() or any(outcome.status is not StepStatus.DONE for outcome in outcomes):
            outcomes.append(StepOutcome(step.address, step.action, StepStatus.NOT_ATTEMPTED))
            continue
        progress.say(f"{step.address}: {step.action}")
        after = _generated(step.after) if isinstance(step.after, Generate) else step.after
        outcomes.append(await _write(step, after, service.target.id, writer, key))
        expected[step.address] = after
    if not any(outcome.status in {StepStatus.DONE, StepStatus.UNKNOWN} for outcome in outcomes):
        return tuple(outcomes), None
    return await _verify(service, tuple(outcomes), expected, writer)


async def _write(
    step: Step, after: Secret | None, service_id: str, writer: LiveWriter, key: FingerprintKey
) -> StepOutcome:
    """Read, compare, write. Render has no compare-and-swap, so a window of one request remains between the two."""
    try:
        held = await _read(step.address, service_id, writer)
    except RenderError as error:
        return StepOutcome(step.address, step.action, StepStatus.FAILED, f"could not be read first: {error.message}")
    if held != step.before:
        planned, found = _name(step.before, key), _name(held, key)
        detail = f"somebody changed it: the plan saw {planned}, Render now has {found}; nothing was written"
        return StepOutcome(step.address, step.action, StepStatus.CONFLICT, detail)
    try:
        await _send(step.address, after, service_id, writer)
    except RenderError as error:
        unconfirmed = isinstance(error, UnconfirmedWriteError)
        status = StepStatus.UNKNOWN if unconfirmed else StepStatus.FAILED
        return StepOutcome(step.address, step.action, status, error.message)
    return StepOutcome(step.address, step.action, StepStatus.DONE)


async def _verify(
    service: ServiceSteps,
    outcomes: tuple[StepOutcome, ...],
    expected: dict[Address, Secret | None],
    writer: LiveWriter,
) -> tuple[tuple[StepOutcome, ...], str | None]:
    try:
        held = await _held(service, writer)
    except RenderError as error:
        return outcomes, f"could not be read once more after the writes: {error.message}"
    settled = tuple(
        _settle(outcome, step, expected[step.address], held) if outcome.status is StepStatus.UNKNOWN else outcome
        for outcome, step in zip(outcomes, service.steps, strict=True)
    )
    # What was not written is judged by its own outcome; only what should be settled has to match.
    unwritten = {outcome.address for outcome in settled if outcome.status is not StepStatus.DONE}
    wrong = mismatches({address: value for address, value in expected.items() if address not in unwritten}, held)
    if wrong:
        names = ", ".join(str(address) for address in wrong)
        return settled, f"read once more after the writes, these are not as planned: {names}"
    return settled, None


def _settle(outcome: StepOutcome, step: Step, after: Secret | None, held: Mapping[Address, Secret]) -> StepOutcome:
    """Tell from one more read what became of a write whose answer was lost."""
    now = held.get(step.address)
    if now == after:
        return StepOutcome(step.address, step.action, StepStatus.DONE, "the answer was lost; it was read back equal")
    if now == step.before:
        return StepOutcome(step.address, step.action, StepStatus.FAILED, outcome.detail)
    return outcome


async def _held(service: ServiceSteps, reader: LiveReader) -> dict[Address, Secret]:
    """Read the service's variables once more, and its secret files where the plan is about any."""
    variables = await reader.variables(service.target.id)
    held = {Address(service.owner, Kind.ENV_VAR, name): value for name, value in variables.items()}
    planned = [*service.settled, *(step.address for step in service.steps)]
    if any(address.kind is Kind.SECRET_FILE for address in planned):
        files = await reader.secret_files(service.target.id)
        held |= {Address(service.owner, Kind.SECRET_FILE, name): value for name, value in files.items()}
    return held


async def _read(address: Address, service_id: str, reader: LiveReader) -> Secret | None:
    match address.kind:
        case Kind.ENV_VAR:
            return await reader.variable(service_id, address.key)
        case Kind.SECRET_FILE:
            return await reader.secret_file(service_id, address.key)
        case Kind.ENV_GROUP_LINK:
            raise _no_links()
        case _:
            assert_never(address.kind)


async def _send(address: Address, after: Secret | None, service_id: str, writer: LiveWriter) -> None:
    match address.kind, after:
        case Kind.ENV_VAR, None:
            await writer.delete_variable(service_id, address.key)
        case Kind.ENV_VAR, Secret() as value:
            await writer.put_variable(service_id, address.key, value)
        case Kind.SECRET_FILE, None:
            await writer.delete_secret_file(service_id, address.key)
        case Kind.SECRET_FILE, Secret() as content:
            await writer.put_secret_file(service_id, address.key, content)
        case _:
            raise _no_links()


def _no_links() -> AssertionError:
    return AssertionError("a plan with links to env groups has a check error and is never carried out")


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


def _name(value: Secret | None, key: FingerprintKey) -> str:
    return "nothing" if value is None else f"(secret {key.fingerprint(value)[:8]})"
