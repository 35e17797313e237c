"""Settle one service: write it, deploy it once, watch the deploy, prove the service healthy."""

from __future__ import annotations

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
from reconciler.errors import RenderError, UnconfirmedWriteError
from reconciler.workflows.prove import Proof
from reconciler.workflows.watch import Watch, appearing_deploy, watch_deploy
from reconciler.workflows.write import write_service

if TYPE_CHECKING:
    import asyncio

    from reconciler.domain.deploy import Deploy
    from reconciler.domain.plan import PlannedDeploy
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import ServiceSteps
    from reconciler.ports import Clock, HealthProbe, LiveWriter, Progress

NOT_CHECKED = HealthOutcome(HealthResult.NOT_CHECKED)


class Settling:
    """Carries out services' steps, one service at a time or several beside each other."""

    def __init__(
        self,
        *,
        key: FingerprintKey,
        clock: Clock,
        probe: HealthProbe,
        progress: Progress,
        stop: asyncio.Event,
        poll_seconds: float,
    ) -> None:
        self._key = key
        self._clock = clock
        self._probe = probe
        self._progress = progress
        self._stop = stop
        self._poll_seconds = poll_seconds

    async def settle(self, service: ServiceSteps, writer: LiveWriter) -> ServiceOutcome:
        """Do all that the plan says about one service; a failure of Render's becomes an outcome, never an exception."""
        steps, verification = await write_service(service, writer, self._key, self._stop, self._progress)
        deploy, health = DeployOutcome(DeployResult.NOT_REQUESTED), NOT_CHECKED
        written = all(step.status is StepStatus.DONE for step in steps) and verification is None
        if written and service.deploy is None:
            deploy = DeployOutcome(DeployResult.PENDING)
        elif written and service.deploy is not None and not self._stop.is_set():
            deploy, health = await self._deploy(service, service.deploy, writer)
        return _outcome(service, steps, verification, deploy, health)

    async def _deploy(
        self, service: ServiceSteps, planned: PlannedDeploy, writer: LiveWriter
    ) -> tuple[DeployOutcome, HealthOutcome]:
        timeout = service.desired.deploy.timeout
        watch = Watch(writer, self._clock, self._progress, self._stop, self._poll_seconds, timeout)
        rule = service.desired.health
        try:
            # What is there now was there before the request: any other deploy comes after the last write, and any
            # other instance has the new values. Comparing clocks with Render's could not tell that for certain.
            known = frozenset(deploy.id for deploy in await writer.deploys(service.target.id))
            old = await writer.instances(service.target.id) if rule and (rule.log_ready or rule.log_fatal) else ()
            ids = frozenset(instance.id for instance in old)
            proof = None if rule is None else Proof(watch, self._probe, service.target, rule, ids)
            requested = await self._request(watch, planned, writer, known)
            if requested is None:
                detail = "Render queued a deploy, but it did not appear in the service's list"
                return DeployOutcome(DeployResult.UNKNOWN, detail=detail), NOT_CHECKED
            fatal = _never if proof is None else proof.fatal
            outcome, deploy = await watch_deploy(watch, service.target.id, requested, known, fatal)
        except RenderError as error:
            return DeployOutcome(DeployResult.UNKNOWN, detail=error.message), NOT_CHECKED
        if outcome.result not in {DeployResult.LIVE, DeployResult.LIVE_BY_ANOTHER}:
            return outcome, NOT_CHECKED
        if proof is None:
            return outcome, HealthOutcome(HealthResult.NOT_DECLARED)
        return outcome, await proof.judge(deploy)

    async def _request(
        self, watch: Watch, planned: PlannedDeploy, writer: LiveWriter, known: frozenset[str]
    ) -> Deploy | None:
        """Ask for the deploy once; where the answer says nothing or was lost, find out what came of it."""
        self._progress.say(f"{planned.owner}: asking for a deploy ({planned.mode})")
        try:
            deploy = await writer.create_deploy(planned.target_id, planned.mode)
        except UnconfirmedWriteError:
            deploy = None
        return deploy or await appearing_deploy(watch, planned.target_id, known)


def not_attempted(service: ServiceSteps) -> ServiceOutcome:
    """Return the outcome of a service that the apply did not get to."""
    steps = tuple(StepOutcome(step.address, step.action, StepStatus.NOT_ATTEMPTED) for step in service.steps)
    return _outcome(service, steps, None, DeployOutcome(DeployResult.NOT_REQUESTED), NOT_CHECKED)


def _outcome(
    service: ServiceSteps,
    steps: tuple[StepOutcome, ...],
    verification: str | None,
    deploy: DeployOutcome,
    health: HealthOutcome,
) -> ServiceOutcome:
    return ServiceOutcome(service.owner, service.target.id, service.target.name, steps, verification, deploy, health)


async def _never(_deploy: Deploy) -> None:
    return None
