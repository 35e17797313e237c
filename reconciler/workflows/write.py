"""Write one service or env group: each key is read just before its own write, however long the write had to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Kind
from reconciler.domain.outcome import StepOutcome, StepStatus
from reconciler.domain.value import Secret
from reconciler.errors import LeaseLostError, RenderError, StoreError, UnconfirmedWriteError
from reconciler.workflows.stopping import StoppedError

if TYPE_CHECKING:
    import asyncio

    from reconciler.domain.address import Address
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import EntrySteps, Step
    from reconciler.ports import Confirm, LiveReader, LiveWriter, Progress
    from reconciler.workflows.course import Course
    from reconciler.workflows.record import Recording


class ConflictError(Exception):
    """A key is not what the plan saw; nothing was sent."""

    def __init__(self, found: Secret | None) -> None:
        super().__init__("somebody changed it")
        self.found = found


class Writing:
    """The writes to one service or group, in the order of its steps; the first one that does not succeed ends them."""

    def __init__(
        self,
        service: EntrySteps,
        writer: LiveWriter,
        course: Course,
        recording: Recording,
        stop: asyncio.Event,
        progress: Progress,
    ) -> None:
        self._service = service
        self._writer = writer
        self._course = course
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
            if not await self._course.may_write(step):
                detail = f"its value is that of {step.waits_for}, which was not written"
                self.outcomes.append(StepOutcome(step.address, step.action, StepStatus.NOT_ATTEMPTED, detail))
                continue
            self._progress.say(f"{step.address}: {step.action}")
            after = self._course.value(step)
            self.expected[step.address] = after
            outcome = await self._write(step, after)
            self.outcomes.append(outcome)
            self._course.note(self.outcomes[-1:], is_final=False)
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
            held = await read_value(step, self._service.target.id, self._writer)
            if held == after and (attempts or step.address.kind is Kind.ENV_GROUP_LINK):
                # An earlier attempt was carried out, only its answer was lost; or somebody made the very link.
                return False
            if self._stop.is_set():
                raise StoppedError  # asked for while it was being read
            if held != step.before:
                raise ConflictError(held)
            attempts += 1
            return True

        try:
            await _send(step, after, self._service.target.id, self._writer, confirm)
        except ConflictError as conflict:
            detail = self._conflict(step.before, conflict.found)
            return StepOutcome(step.address, step.action, StepStatus.CONFLICT, detail, was_sent=attempts > 0)
        except RenderError as error:
            return StepOutcome(step.address, step.action, _status(error, attempts), error.message)
        except (StoreError, LeaseLostError) as error:
            status = StepStatus.UNKNOWN if attempts else StepStatus.NOT_ATTEMPTED
            return StepOutcome(step.address, step.action, status, error.message)
        return StepOutcome(step.address, step.action, StepStatus.DONE)

    def _conflict(self, planned: Secret | None, found: Secret | None) -> str:
        saw, has = _name(planned, self._recording.key), _name(found, self._recording.key)
        return f"somebody changed it: the plan saw {saw}, Render now has {has}; it was left as it is"


async def read_value(step: Step, target_id: str, reader: LiveReader) -> Secret | None:
    """Read what stands at a step's address now; of a link, the id of its group."""
    address = step.address
    match address.kind:
        case Kind.ENV_VAR if address.owner.group is not None:
            return await reader.group_variable(target_id, address.key)
        case Kind.ENV_VAR:
            return await reader.variable(target_id, address.key)
        case Kind.SECRET_FILE:
            return await reader.secret_file(target_id, address.key)
        case Kind.ENV_GROUP_LINK:
            group_id = linked_group(step)
            return Secret(group_id) if (await reader.group(group_id)).is_linked_to(target_id) else None
        case _:
            assert_never(address.kind)


def linked_group(step: Step) -> str:
    """Return the id of the group that a step makes a link to."""
    if not isinstance(step.after, Secret):
        message = "a link is only ever made, to a group that is known"
        raise TypeError(message)
    return step.after.reveal()


def _status(error: RenderError, attempts: int) -> StepStatus:
    """Tell a write that was never sent from one that was refused, and both from one that may have been done."""
    if not attempts:
        return StepStatus.NOT_ATTEMPTED if isinstance(error, StoppedError) else StepStatus.FAILED
    # Stopped, or failing to read again, after an attempt: that attempt may have been carried out.
    unconfirmed = isinstance(error, UnconfirmedWriteError | StoppedError) or attempts > 1
    return StepStatus.UNKNOWN if unconfirmed else StepStatus.FAILED


async def _send(step: Step, after: Secret | None, target_id: str, writer: LiveWriter, confirm: Confirm) -> None:
    key = step.address.key
    match step.address.kind:
        case Kind.ENV_VAR if step.address.owner.group is not None:
            if after is None:
                await writer.delete_group_variable(target_id, key, confirm=confirm)
            else:
                await writer.put_group_variable(target_id, key, after, confirm=confirm)
        case Kind.ENV_VAR:
            if after is None:
                await writer.delete_variable(target_id, key, confirm=confirm)
            else:
                await writer.put_variable(target_id, key, after, confirm=confirm)
        case Kind.SECRET_FILE:
            if after is None:
                await writer.delete_secret_file(target_id, key, confirm=confirm)
            else:
                await writer.put_secret_file(target_id, key, after, confirm=confirm)
        case Kind.ENV_GROUP_LINK:
            await writer.link_group(linked_group(step), target_id, confirm=confirm)
        case _:
            assert_never(step.address.kind)


def _name(value: Secret | None, key: FingerprintKey) -> str:
    return "nothing" if value is None else f"(secret {key.fingerprint(value)[:8]})"
