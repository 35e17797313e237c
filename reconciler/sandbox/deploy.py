"""One deploy: its timetable is fixed when it starts, so that its status is a function of the time.

Statuses and triggers are those of Render's OpenAPI document.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """How a deploy may be made to end, instead of as its program decides."""

    LIVE = "live"
    BUILD_FAILED = "build_failed"
    PRE_DEPLOY_FAILED = "pre_deploy_failed"
    UPDATE_FAILED = "update_failed"
    CANCELED = "canceled"
    NEVER_ENDS = "never_ends"
    """Stays `update_in_progress`."""
    SUPERSEDED = "superseded"
    """Is canceled because a newer deploy, not asked for by this client, takes over and goes live."""
    DEACTIVATED = "deactivated"
    """Goes live and is deactivated at once, because a newer deploy, not asked for by this client, goes live."""
    ANSWERED_202 = "answered_202"
    """Starts at once, but the request is answered 202 without a body, as if it were queued."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the phases of a deploy, and a job, take; in seconds."""

    created: float = 0.1
    build: float = 0.4
    pre_deploy: float = 0.2
    update: float = 0.5
    job: float = 0.2


@dataclass(frozen=True, slots=True)
class Phase:
    """From when on a deploy has a status."""

    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deploy:
    """A deploy; queued until it has phases, over when it is finished."""

    id: str
    service_id: str
    created_at: datetime
    trigger: str = "api"
    builds: bool = True
    commit: str = ""
    image: str | None = None
    forced: Outcome | None = None
    phases: tuple[Phase, ...] = ()
    ends_at: datetime | None = None
    """When it will end; never while it is queued, or for one that is made to hang."""
    ends_as: str = "live"
    variables: dict[str, str] | None = None
    """What its program sees: taken when the deploy starts, not when it was asked for."""
    instance_ids: tuple[str, ...] = ()
    finished_at: datetime | None = None
    finished_as: str | None = None
    changed_at: datetime | None = None

    @property
    def over(self) -> bool:
        """Tell whether it has ended."""
        return self.finished_as is not None

    @property
    def update_at(self) -> datetime | None:
        """Return when its program is started, if it gets that far."""
        return next((phase.at for phase in self.phases if phase.status == "update_in_progress"), None)

    def status(self, now: datetime) -> str:
        """Return the status at a time."""
        if self.finished_as is not None:
            return self.finished_as
        reached = [phase for phase in self.phases if phase.at <= now]
        return reached[-1].status if reached else "queued"

    def updated_at(self, now: datetime) -> datetime:
        """Return when the status last changed."""
        reached = [phase.at for phase in self.phases if phase.at <= now]
        return self.changed_at or (reached[-1] if reached else self.created_at)

    def registered(self, at: datetime, variables: dict[str, str]) -> Deploy:
        """Return the deploy of what is neither built nor started, live at once: the next run of a cron job has it."""
        return replace(self, phases=(Phase("created", at),), ends_at=at, variables=variables)

    def started(
        self, at: datetime, timing: Timing, *, variables: dict[str, str], healthy: bool, pre_deploy: bool
    ) -> Deploy:
        """Return the deploy with its timetable: what it goes through, when, and how it ends."""
        steps = [("created", timing.created)]
        if self.builds:
            steps.append(("build_in_progress", timing.build))
        if pre_deploy and self.forced is not Outcome.BUILD_FAILED:
            steps.append(("pre_deploy_in_progress", timing.pre_deploy))
        if self.forced not in {Outcome.BUILD_FAILED, Outcome.PRE_DEPLOY_FAILED, Outcome.SUPERSEDED}:
            steps.append(("update_in_progress", timing.update))
        phases, moment = [], at
        for status, seconds in steps:
            phases.append(Phase(status, moment))
            moment += timedelta(seconds=seconds)
        return replace(
            self,
            phases=tuple(phases),
            ends_at=None if self.forced is Outcome.NEVER_ENDS else moment,
            ends_as=self._end(healthy=healthy),
            variables=variables,
        )

    def finished(self, at: datetime, status: str) -> Deploy:
        """Return the deploy ended."""
        return replace(self, finished_at=self.finished_at or at, finished_as=status, changed_at=at, ends_at=at)

    def _end(self, *, healthy: bool) -> str:
        match self.forced:
            case Outcome.BUILD_FAILED | Outcome.PRE_DEPLOY_FAILED | Outcome.UPDATE_FAILED | Outcome.CANCELED:
                return self.forced.value
            case Outcome.SUPERSEDED:
                return "canceled"
            case Outcome.LIVE | Outcome.DEACTIVATED:
                return "live"
            case Outcome.NEVER_ENDS | Outcome.ANSWERED_202 | None:
                return "live" if healthy else "update_failed"
