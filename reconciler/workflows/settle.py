"""Settle one service: write it, read it once more, deploy it once, watch the deploy, prove the service healthy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.outcome import (
    DeployOutcome,
    DeployResult,
    HealthOutcome,
    HealthResult,
    ServiceOutcome,
    StepOutcome,
    StepStatus,
)
from reconciler.domain.plan import OnFailure
from reconciler.errors import LeaseLostError, RenderError, StoreError, UnconfirmedWriteError
from reconciler.planning.steps import undoing
from reconciler.workflows.prove import NoProof, Proof
from reconciler.workflows.stopping import StoppedError
from reconciler.workflows.verify import WRITTEN, verify
from reconciler.workflows.watch import Watch, appearing_deploy, watch_deploy
from reconciler.workflows.write import Writing

if TYPE_CHECKING:
    import asyncio

    from reconciler.domain.address import Address
    from reconciler.domain.deploy import Deploy
    from reconciler.domain.plan import PlannedDeploy
    from reconciler.domain.value import Secret
    from reconciler.planning.steps import ServiceSteps
    from reconciler.ports import Clock, HealthProbe, LiveWriter, Progress
    from reconciler.workflows.record import Recording

NOT_CHECKED = HealthOutcome(HealthResult.NOT_CHECKED)
NOT_REQUESTED = DeployOutcome(DeployResult.NOT_REQUESTED)


class MismatchError(Exception):
    """The service, read just before its deploy, is not as planned; no deploy was asked for."""


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

    async def settle(self, service: ServiceSteps, writer: LiveWriter) -> ServiceOutcome:
        """Do all that the plan says about one service; whatever goes wrong becomes its outcome, never an exception.

        An exception would cancel the services beside this one in the middle of their writes, and nobody would hear
        what was done.
        """
        settlement = await self._settle(service, writer)
        outcome = settlement.outcome
        written = settlement.written
        if self.on_failure is OnFailure.STOP or not written or not outcome.did_not_work or self.stopped:
            return outcome
        self.progress.say(f"{service.owner}: putting the previous values back")
        restoring = await self._settle(undoing(service, written), writer)
        return replace(outcome, restored=restoring.outcome)

    async def _settle(self, service: ServiceSteps, writer: LiveWriter) -> Settlement:
        writing = Writing(service, writer, self.recording, self.stop, self.progress)
        settlement = Settlement(service, writer, self, writing)
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
        return NoProof() if rule is None else Proof(watch, self.probe, service.target, rule)

    @property
    def stopped(self) -> bool:
        """Whether somebody asked to stop."""
        return self.stop.is_set()


class Settlement:
    """One service on its way through an apply; what is known of it is right at every moment."""

    def __init__(self, service: ServiceSteps, writer: LiveWriter, settling: Settling, writing: Writing) -> None:
        self._service = service
        self._writer = writer
        self._settling = settling
        self._writing = writing
        self._verification: str | None = None
        self._deploy = NOT_REQUESTED
        self._health = NOT_CHECKED
        self._unnamed = False
        """Whether the deploy that was found may be somebody else's: no answer of Render's vouches for it."""
        self._newest: str | None = None
        """The newest deploy that was there after the writes and before the request."""

    async def carry_out(self) -> None:
        """Write; then, if all of it was done, deploy and prove."""
        await self._writing.carry_out()
        planned = self._service.deploy
        if planned is None or not self._all_done or self._settling.stopped:
            # The deploy brings its own last read; without one, what was written is read here.
            await self._verify()
        if not self._all_done or self._verification is not None:
            return
        if planned is None:
            await self._leave_out()
        elif not self._settling.stopped:
            await self._roll_out(planned)

    @property
    def outcome(self) -> ServiceOutcome:
        """Return what is known of the service now."""
        target = self._service.target
        missing = self._service.steps[len(self._writing.outcomes) :]
        steps = (
            *self._writing.outcomes,
            *(StepOutcome(step.address, step.action, StepStatus.NOT_ATTEMPTED) for step in missing),
        )
        owner = self._service.owner
        return ServiceOutcome(owner, target.id, target.name, steps, self._verification, self._deploy, self._health)

    def give_up(self, error: Exception) -> None:
        """Take a bug for an outcome: what was under way is unknown, by the kind of error; its text may hold a value."""
        detail = f"a bug in reconcile: {type(error).__name__}"
        written = len(self._writing.outcomes)
        if written < len(self._service.steps):
            step = self._service.steps[written]
            self._writing.outcomes.append(StepOutcome(step.address, step.action, StepStatus.UNKNOWN, detail))
        elif self._deploy is NOT_REQUESTED:
            self._deploy = DeployOutcome(DeployResult.UNKNOWN, detail=detail)
        else:
            self._health = HealthOutcome(HealthResult.UNKNOWN, detail)

    @property
    def written(self) -> dict[Address, Secret | None]:
        """What each write that was done has set; `None` where it deleted."""
        done = {outcome.address for outcome in self._writing.outcomes if outcome.status is StepStatus.DONE}
        return {address: value for address, value in self._writing.expected.items() if address in done}

    @property
    def _all_done(self) -> bool:
        return all(outcome.status is StepStatus.DONE for outcome in self._writing.outcomes)

    async def _verify(self) -> None:
        outcomes = self._writing.outcomes
        if outcomes and not any(outcome.status in WRITTEN for outcome in outcomes):
            return
        settled, self._verification = await verify(self._service, outcomes, self._writing.expected, self._writer)
        for outcome, now in zip(outcomes, settled, strict=True):
            if now.status is not outcome.status:
                await self._settling.recording.settle(self._writing.numbers[now.address], now)
        outcomes[:] = settled

    async def _leave_out(self) -> None:
        """Leave the deploy to somebody else; the newest one now tells a later plan which ones have the values."""
        self._deploy = DeployOutcome(DeployResult.PENDING)
        try:
            deploys = await self._writer.deploys(self._service.target.id)
        except RenderError:
            return  # a later plan goes by the time of the writes instead
        newest = deploys[0].id if deploys else None
        await self._settling.recording.leave_out_deploy(self._service.owner, newest)

    async def _roll_out(self, planned: PlannedDeploy) -> None:
        """Ask for the deploy, follow it to its end, and judge the service's health."""
        service_id = planned.target_id
        watch = self._settling.watch(self._service, self._writer)
        proof = self._settling.proof(self._service, watch)
        try:
            # What is there now was there before the request: any other deploy comes after the last write. Comparing
            # clocks with Render's could not tell that for certain.
            deploys = await self._writer.deploys(service_id)
            known = frozenset(deploy.id for deploy in deploys)
            self._newest = deploys[0].id if deploys else None
            await proof.before()
            proof.mark_old()
        except RenderError as error:
            await self._verify()
            self._deploy = DeployOutcome(DeployResult.NOT_REQUESTED, detail=error.message)
            return
        requested = await self._request(watch, planned, known)
        if requested is None:
            return
        outcome, deploy = await watch_deploy(watch, service_id, requested, known, proof)
        self._deploy = self._attributed(outcome)
        await self._settling.recording.settle_deploy(self._service.owner, self._deploy)
        if outcome.result in {DeployResult.LIVE, DeployResult.LIVE_BY_ANOTHER}:
            match proof:
                case Proof():
                    self._health = await proof.judge(deploy)
                case NoProof():
                    self._health = HealthOutcome(HealthResult.NOT_DECLARED)
        elif isinstance(proof, Proof) and proof.fatal is not None:
            self._health = HealthOutcome(HealthResult.UNHEALTHY, proof.fatal)

    async def _request(self, watch: Watch, planned: PlannedDeploy, known: frozenset[str]) -> Deploy | None:
        """Ask for the deploy once; where the answer does not name it, find out what came of it."""
        watch.progress.say(f"{planned.owner}: asking for a deploy ({planned.mode})")
        asked_at = watch.clock.now()
        lost: RenderError | None = None
        deploy: Deploy | None = None
        try:
            deploy = await self._writer.create_deploy(planned.target_id, planned.mode, confirm=self._still_as_planned)
        except MismatchError:
            return None
        except UnconfirmedWriteError as error:
            lost = error
        except RenderError as error:
            detail = None if isinstance(error, StoppedError) else error.message
            self._deploy = DeployOutcome(DeployResult.NOT_REQUESTED, detail=detail)
            return None
        except (StoreError, LeaseLostError) as error:
            self._deploy = DeployOutcome(DeployResult.NOT_REQUESTED, detail=error.message)
            return None
        if deploy is not None and deploy.id not in known:
            await self._settling.recording.name_deploy(planned.owner, deploy.id)
            return deploy
        self._unnamed = lost is not None or deploy is not None
        try:
            found = await appearing_deploy(watch, planned.target_id, known, asked_at)
        except RenderError as error:
            found, lost = None, lost or error
        if found is None:
            why = f"the answer to the request for it was lost ({lost.message})" if lost else "Render queued it unnamed"
            self._deploy = DeployOutcome(DeployResult.UNKNOWN, detail=f"{why}, and it was not seen to appear")
            await self._settling.recording.settle_deploy(planned.owner, self._deploy)
        return found

    async def _still_as_planned(self) -> bool:
        """Read the service once more just before its deploy; raises `MismatchError` where it is not as planned."""
        await self._verify()
        if self._settling.stopped:
            raise StoppedError
        if self._verification is not None or not self._all_done:
            raise MismatchError
        (reach,) = self._service.reaches
        await self._settling.recording.request_deploy(reach, self._newest)
        if self._settling.stopped:
            raise StoppedError  # asked for while that was noted; the next plan sees that no deploy came of it
        return True

    def _attributed(self, outcome: DeployOutcome) -> DeployOutcome:
        """Say that a live deploy may not be the one that was asked for, where no answer named it."""
        if outcome.result is not DeployResult.LIVE or not self._unnamed:
            return outcome
        detail = "it was created after the last write; whether it is the one asked for cannot be told"
        return DeployOutcome(DeployResult.LIVE_BY_ANOTHER, outcome.deploy_id, outcome.status, outcome.seconds, detail)


def not_attempted(service: ServiceSteps) -> ServiceOutcome:
    """Return the outcome of a service that the apply did not get to."""
    steps = tuple(StepOutcome(step.address, step.action, StepStatus.NOT_ATTEMPTED) for step in service.steps)
    target = service.target
    return ServiceOutcome(service.owner, target.id, target.name, steps, None, NOT_REQUESTED, NOT_CHECKED)
