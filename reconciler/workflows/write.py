"""Write one service: each key is read just before its own write, however long the write had to wait."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Address, Kind
from reconciler.domain.definition import Generate
from reconciler.domain.outcome import StepOutcome, StepStatus
from reconciler.domain.value import Secret
from reconciler.errors import LeaseLostError, RenderError, StoreError, UnconfirmedWriteError
from reconciler.workflows.stopping import StoppedError

if TYPE_CHECKING:
    import asyncio

    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import ServiceSteps, Step
    from reconciler.ports import Confirm, LiveReader, LiveWriter, Progress
    from reconciler.workflows.record import Recording


class ConflictError(Exception):
    """A key is not what the plan saw; nothing was sent."""

    def __init__(self, found: Secret | None) -> None:
        super().__init__("somebody changed it")
        self.found = found


class Writing:
    """The writes to one service, in the plan's order; the first one that does not succeed ends them."""

    def __init__(
        self,
        service: ServiceSteps,
        writer: LiveWriter,
        recording: Recording,
        stop: asyncio.Event,
        progress: Progress,
    ) -> None:
        self._service = service
        self._writer = writer
        self._recording = recording
        self._stop = stop
        self._progress = progress
        self.outcomes: list[StepOutcome] = []
        self.numbers: dict[Address, int] = {}
        """The journal's number of each write that was intended."""
        self.expected: dict[Address, Secret | None] = dict(service.settled)
        """What every declared address is to hold when the service is read once more."""

    async def carry_out(self) -> None:
        """Write; `outcomes` and `expected` grow step by step, so that they are right whatever happens."""
        for step in self._service.steps:
            if self._stop.is_set() or any(outcome.status is not StepStatus.DONE for outcome in self.outcomes):
                self.outcomes.append(StepOutcome(step.address, step.action, StepStatus.NOT_ATTEMPTED))
                continue
            self._progress.say(f"{step.address}: {step.action}")
            after = _generated(step.after) if isinstance(step.after, Generate) else step.after
            self.expected[step.address] = after
            outcome = await self._write(step, after)
            self.outcomes.append(outcome)
            if step.address in self.numbers:
                await self._recording.settle(self.numbers[step.address], outcome)

    async def _write(self, step: Step, after: Secret | None) -> StepOutcome:
        """Read, compare, write. Render has no compare-and-swap, so a window of one request remains between the two.

        The comparing is repeated before every attempt: what waited for a rate limit, or is sent again because an
        answer was lost, must not overwrite what somebody else wrote meanwhile.
        """
        attempts = 0

        async def confirm() -> bool:
            nonlocal attempts
            if self._stop.is_set():
                raise StoppedError
            # Noted before the reading, so that nothing but the request itself comes between reading and writing.
            if step.address in self.numbers:
                await self._recording.require_locks()
            else:
                self.numbers[step.address] = await self._recording.intend(self._service, step, after)
            held = await read_value(step.address, self._service.target.id, self._writer)
            if attempts and held == after:
                return False  # an earlier attempt was carried out, only its answer was lost
            if held != step.before:
                raise ConflictError(held)
            attempts += 1
            return True

        try:
            await _send(step.address, after, self._service.target.id, self._writer, confirm)
        except ConflictError as conflict:
            detail = self._conflict(step.before, conflict.found)
            return StepOutcome(step.address, step.action, StepStatus.CONFLICT, detail)
        except RenderError as error:
            return StepOutcome(step.address, step.action, _status(error, attempts), error.message)
        except (StoreError, LeaseLostError) as error:
            status = StepStatus.UNKNOWN if attempts else StepStatus.NOT_ATTEMPTED
            return StepOutcome(step.address, step.action, status, error.message)
        return StepOutcome(step.address, step.action, StepStatus.DONE)

    def _conflict(self, planned: Secret | None, found: Secret | None) -> str:
        saw, has = _name(planned, self._recording.key), _name(found, self._recording.key)
        return f"somebody changed it: the plan saw {saw}, Render now has {has}; it was left as it is"


async def read_value(address: Address, service_id: str, reader: LiveReader) -> Secret | None:
    """Read what stands at an address now."""
    match address.kind:
        case Kind.ENV_VAR:
            return await reader.variable(service_id, address.key)
        case Kind.SECRET_FILE:
            return await reader.secret_file(service_id, address.key)
        case Kind.ENV_GROUP_LINK:
            raise _no_links()
        case _:
            assert_never(address.kind)


def _status(error: RenderError, attempts: int) -> StepStatus:
    """Tell a write that was never sent from one that was refused, and both from one that may have been done."""
    if not attempts:
        return StepStatus.NOT_ATTEMPTED if isinstance(error, StoppedError) else StepStatus.FAILED
    # Stopped, or failing to read again, after an attempt: that attempt may have been carried out.
    unconfirmed = isinstance(error, UnconfirmedWriteError | StoppedError) or attempts > 1
    return StepStatus.UNKNOWN if unconfirmed else StepStatus.FAILED


async def _send(address: Address, after: Secret | None, service_id: str, writer: LiveWriter, confirm: Confirm) -> None:
    match address.kind, after:
        case Kind.ENV_VAR, None:
            await writer.delete_variable(service_id, address.key, confirm=confirm)
        case Kind.ENV_VAR, Secret() as value:
            await writer.put_variable(service_id, address.key, value, confirm=confirm)
        case Kind.SECRET_FILE, None:
            await writer.delete_secret_file(service_id, address.key, confirm=confirm)
        case Kind.SECRET_FILE, Secret() as content:
            await writer.put_secret_file(service_id, address.key, content, confirm=confirm)
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
