"""Settle one service: write it, read it once more, deploy it once, watch the deploy, prove the service healthy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.outcome import (
    HealthOutcome,
    HealthResult,
    ServiceOutcome,
)
from reconciler.domain.plan import OnFailure
from reconciler.domain.state import ServiceType
from reconciler.planning.steps import ServiceSteps, undoing
from reconciler.workflows.prove import NoProof, Proof
from reconciler.workflows.settlement import Settlement
from reconciler.workflows.watch import Watch
from reconciler.workflows.write import Writing

if TYPE_CHECKING:
    import asyncio

    from reconciler.planning.steps import EntrySteps
    from reconciler.ports import Clock, HealthProbe, LiveWriter, Progress
    from reconciler.workflows.course import Course
    from reconciler.workflows.record import Recording

NOT_RUN_YET = HealthOutcome(
    HealthResult.NOT_CHECKED, "a cron job: its new values are used from its next run on, and nothing of it runs now"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Carries out services' steps, one service at a time or several beside each other."""

    recording: Recording
    on_failure: OnFailure
    clock: Clock
    probe: HealthProbe
    progress: Progress
    stop: asyncio.Event
    poll_seconds: float
    """How long to wait between two looks at a deploy."""

    async def settle(self, service: EntrySteps, writer: LiveWriter, course: Course) -> ServiceOutcome:
        """Do all that the plan says about one entry; whatever goes wrong becomes its outcome, never an exception.

        An exception would cancel the services beside this one in the middle of their writes, and nobody would hear
        what was done.
        """
        settlement = await self._settle(service, writer, course)
        outcome, written = settlement.outcome, settlement.written
        if self.on_failure is OnFailure.STOP or not outcome.did_not_work or self.stopped:
            return outcome
        if not isinstance(service, ServiceSteps):
            return outcome
        outcome = replace(outcome, not_restored=service.reached_by)
        if not written:
            return outcome
        self.progress.say(f"{service.owner}: putting the previous values back")
        restoring = await self._settle(undoing(service, written), writer, course)
        return replace(outcome, restored=restoring.outcome)

    async def _settle(self, service: EntrySteps, writer: LiveWriter, course: Course) -> Settlement:
        writing = Writing(service, writer, course, self.recording, self.stop, self.progress)
        settlement = Settlement(service, writer, self, writing, course)
        try:
            await settlement.carry_out()
        except Exception as error:  # noqa: BLE001 — a bug here must not hide what was written
            settlement.give_up(error)
        return settlement

    def watch(self, service: ServiceSteps, writer: LiveWriter) -> Watch:
        """Return what watching a service needs."""
        timeout = service.desired.deploy.timeout
        return Watch(writer, self.clock, self.progress, self.stop, self.poll_seconds, timeout)

    def proof(self, service: ServiceSteps, watch: Watch) -> Proof | NoProof:
        """Return the judge of a service's health."""
        rule = service.desired.health
        if service.target.type is ServiceType.CRON_JOB:
            return NoProof(NOT_RUN_YET)
        if rule is None:
            return NoProof(HealthOutcome(HealthResult.NOT_DECLARED))
        return Proof(watch, self.probe, service.target, rule)

    @property
    def stopped(self) -> bool:
        """Whether somebody asked to stop."""
        return self.stop.is_set()
