"""Settlement: one service or group on its way through an apply, from its first write to the proof that it works."""

from __future__ import annotations

from dataclasses import replace
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
from reconciler.errors import LeaseLostError, RenderError, StoreError, UnconfirmedWriteError
from reconciler.planning.rivals import is_foreign, triggered_by
from reconciler.planning.steps import GroupSteps, ServiceSteps
from reconciler.workflows.prove import Proof
from reconciler.workflows.rivals import Own, rivals
from reconciler.workflows.stopping import StoppedError
from reconciler.workflows.verify import WRITTEN, verify
from reconciler.workflows.watch import Watch, appearing_deploy, watch_deploy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.deploy import Deploy
    from reconciler.domain.plan import PlannedDeploy
    from reconciler.domain.value import Secret
    from reconciler.planning.steps import EntrySteps
    from reconciler.ports import LiveWriter
    from reconciler.workflows.course import Course
    from reconciler.workflows.settle import Settling
    from reconciler.workflows.write import Writing

NOT_CHECKED = HealthOutcome(HealthResult.NOT_CHECKED)
NOT_REQUESTED = DeployOutcome(DeployResult.NOT_REQUESTED)


class MismatchError(Exception):
    """The service, read just before its deploy, is not as planned; no deploy was asked for."""


class Settlement:
    """One service or group on its way through an apply; what is known of it is right at every moment."""

    def __init__(
        self, service: EntrySteps, writer: LiveWriter, settling: Settling, writing: Writing, course: Course
    ) -> None:
        self._service = service
        self._course = course
        self._writer = writer
        self._settling = settling
        self._writing = writing
        self._verification: str | None = None
        self._deploy = _not_deployed(service)
        self._health = NOT_CHECKED
        self._named = False
        """Whether an answer of Render's named the deploy that was asked for."""
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
        self._course.note(self.outcome.steps)
        if not self._all_done or self._verification is not None or isinstance(self._service, GroupSteps):
            return
        if planned is None:
            await self._leave_out()
        elif failed := await self._course.failed_groups(self._service):
            names = ", ".join(str(owner) for owner in failed)
            detail = f"its env group was not written as planned: {names}"
            await self._verify()
            self._deploy = DeployOutcome(DeployResult.NOT_REQUESTED, detail=detail)
        elif not self._settling.stopped:
            await self._roll_out(self._service, planned)
        else:
            await self._verify()

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
        return ServiceOutcome(
            owner,
            target.id,
            target.name,
            steps,
            self._verification,
            self._deploy,
            self._health,
            self._service.reached_by,
        )

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

    async def _roll_out(self, service: ServiceSteps, planned: PlannedDeploy) -> None:
        """Ask for the deploy, follow it to its end, and judge the service's health."""
        service_id = planned.target_id
        watch = self._settling.watch(service, self._writer)
        proof = self._settling.proof(service, watch)
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
        self._deploy = self._attributed(outcome, requested)
        await self._settling.recording.settle_deploy(self._service.owner, self._deploy)
        if outcome.result in {DeployResult.LIVE, DeployResult.LIVE_BY_ANOTHER}:
            self._health = await proof.judge(deploy)
        elif isinstance(proof, Proof) and proof.fatal is not None:
            self._health = HealthOutcome(HealthResult.UNHEALTHY, proof.fatal)
        await self._look_for_rivals(watch, requested, deploys)
        if self.outcome.succeeded:
            await self._settling.recording.prove_deploy(self._service.owner)

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
            self._named = True
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
        await self._settling.recording.request_deploy(reach, self._newest, self._writing.expected)
        if self._settling.stopped:
            raise StoppedError  # asked for while that was noted; the next plan sees that no deploy came of it
        return True

    async def _look_for_rivals(self, watch: Watch, requested: Deploy, before: Sequence[Deploy]) -> None:
        """Name the deploys that appeared beside the one asked for; after a Blueprint's, read the service once more.

        A Blueprint sync writes variables before it deploys, perhaps after they were read for the last time here.
        """
        own = Own(requested, self._named, self._deploy.deploy_id)
        seen = await rivals(watch, self._service.target.id, own, before)
        if seen.sentence is not None:
            detail = "; ".join(filter(None, [self._deploy.detail, seen.sentence]))
            self._deploy = replace(self._deploy, detail=detail)
            await self._settling.recording.settle_deploy(self._service.owner, self._deploy)
        if seen.may_have_written:
            await self._verify()

    def _attributed(self, outcome: DeployOutcome, requested: Deploy) -> DeployOutcome:
        """Say that a live deploy may not be the one that was asked for, where no answer named it."""
        if outcome.result is not DeployResult.LIVE or not (self._unnamed or is_foreign(requested)):
            return outcome
        detail = "it was created after the last write; whether it is the one asked for cannot be told"
        if is_foreign(requested):
            detail = f"it was created after the last write, but not asked for here: {triggered_by(requested)}"
        return DeployOutcome(DeployResult.LIVE_BY_ANOTHER, outcome.deploy_id, outcome.status, outcome.seconds, detail)


def not_attempted(service: EntrySteps) -> ServiceOutcome:
    """Return the outcome of a service or group that the apply did not get to."""
    steps = tuple(StepOutcome(step.address, step.action, StepStatus.NOT_ATTEMPTED) for step in service.steps)
    target = service.target
    deploy = _not_deployed(service)
    return ServiceOutcome(service.owner, target.id, target.name, steps, None, deploy, NOT_CHECKED, service.reached_by)


def _not_deployed(service: EntrySteps) -> DeployOutcome:
    return DeployOutcome(DeployResult.NOT_NEEDED) if isinstance(service, GroupSteps) else NOT_REQUESTED
