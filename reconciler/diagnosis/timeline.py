"""The timeline: deploys, crashes, changes of variables, applies and symptoms, in the order in which they happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.deploy import DeployStatus
from reconciler.domain.diagnosis import Moment
from reconciler.domain.event import EventType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.diagnosis.case import Case
    from reconciler.domain.event import ServiceEvent

_WORDS = {
    EventType.IMAGE_PULL_FAILED: "Render could not pull the image",
    EventType.PIPELINE_MINUTES_EXHAUSTED: "the workspace's pipeline minutes were used up",
    EventType.SERVER_AVAILABLE: "an instance was available",
    EventType.SERVER_HARDWARE_FAILURE: "the hardware under an instance failed",
    EventType.SERVER_RESTARTED: "the service was restarted",
    EventType.SERVICE_RESUMED: "the service was resumed",
    EventType.SERVICE_SUSPENDED: "the service was suspended",
}
DEPLOYS = 6
"""The newest deploys that are told; more say nothing of why it is down now."""


def timeline_of(case: Case) -> tuple[Moment, ...]:
    """Return what happened, the oldest first."""
    told = [*_deploys(case), *_events(case), *_changes(case), *_runs(case), *_logged(case)]
    return tuple(sorted(told, key=lambda moment: moment.at))


def _deploys(case: Case) -> Iterator[Moment]:
    for deploy in (case.deploys or ())[:DEPLOYS]:
        by = f", triggered by {deploy.trigger}" if deploy.trigger else ""
        yield Moment(deploy.started_at or deploy.created_at, f"deploy {deploy.id} began{by}")
        if deploy.finished_at is not None and deploy.status.has_ended:
            # A deploy that was deactivated had gone live then; when it was replaced, its successor's lines tell.
            status = DeployStatus.LIVE if deploy.status is DeployStatus.DEACTIVATED else deploy.status
            note = ", with which it began to fail" if deploy.id == case.story.first_failed else ""
            yield Moment(deploy.finished_at, f"deploy {deploy.id} ended as {status}{note}")


def _events(case: Case) -> Iterator[Moment]:
    crashes = [event for event in case.events or () if event.type is EventType.SERVER_FAILED]
    if crashes:
        newest, oldest = crashes[0], crashes[-1]
        if newest is oldest:
            yield Moment(newest.at, f"an instance failed{_reason(newest)}")
        else:
            yield Moment(oldest.at, f"instances began to fail{_reason(oldest)}")
            yield Moment(newest.at, f"an instance failed{_reason(newest)}, the last of {len(crashes)} that were read")
    for event in case.events or ():
        if event.type in _WORDS:
            yield Moment(event.at, _WORDS[event.type])


def _reason(event: ServiceEvent) -> str:
    words = f" ({event.reason.replace('_', ' ')}" if event.reason else ""
    if not words:
        return ""
    return f"{words}, status {event.exit_status})" if event.exit_status is not None else f"{words})"


def _changes(case: Case) -> Iterator[Moment]:
    for event in case.changes:
        who = event.actor or "somebody whom the audit log does not name"
        yield Moment(event.at, f"the service's variables were changed by {who} ({event.actor_type.replace('_', ' ')})")


def _runs(case: Case) -> Iterator[Moment]:
    for history in case.runs:
        run = history.run
        result = "has no end in the journal" if run.result is None else f"ended: {run.result}"
        yield Moment(run.started_at, f"run {run.id} ({run.kind}) by {run.applied_by} began; it {result}")


def _logged(case: Case) -> Iterator[Moment]:
    for sighting in case.sightings or ():
        noun = sighting.symptom.replace("_", " ")
        yield Moment(sighting.first, f"first logged sign of “{noun}” in what was read")
