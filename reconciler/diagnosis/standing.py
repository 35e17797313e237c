"""How a service stands, and with which deploy it began to fail, by what Render says of its deploys and events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.domain.deploy import DeployStatus
from reconciler.domain.diagnosis import DeployStory, Standing
from reconciler.domain.event import EventType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.domain.deploy import Deploy
    from reconciler.domain.event import ServiceEvent
    from reconciler.domain.state import ServiceSummary

FAILED = frozenset({DeployStatus.BUILD_FAILED, DeployStatus.PRE_DEPLOY_FAILED, DeployStatus.UPDATE_FAILED})
GOOD = frozenset({DeployStatus.LIVE, DeployStatus.DEACTIVATED})
"""A deploy that was deactivated had been live."""

RECENTLY = timedelta(hours=1)
"""How old a crash may be to say how the service is now."""
LOOP = 3
"""Crashes of one deploy that make a loop of them; one may be an accident."""


def standing_of(
    summary: ServiceSummary,
    deploys: Sequence[Deploy] | None,
    events: Sequence[ServiceEvent] | None,
    now: datetime,
) -> Standing:
    """Return how the service stands; deploys and events are newest first, and `None` where they could not be read."""
    if summary.suspended:
        return Standing.SUSPENDED
    if deploys is None:
        return Standing.UNKNOWN
    # A canceled deploy says nothing of the service; one that is under way does not yet.
    telling = [deploy for deploy in deploys if deploy.status in FAILED | GOOD]
    if not telling:
        if not deploys:
            return Standing.NEVER_DEPLOYED
        return Standing.DEPLOYING if any(not each.status.has_ended for each in deploys) else Standing.UNKNOWN
    if telling[0].status in FAILED:
        return Standing.FAILING
    if len(crashes_since(telling[0], events, now)) >= LOOP:
        return Standing.CRASHING
    return Standing.DEPLOYING if not deploys[0].status.has_ended else Standing.RUNNING


def crashes_since(deploy: Deploy, events: Sequence[ServiceEvent] | None, now: datetime) -> tuple[ServiceEvent, ...]:
    """Return the crashes of the last hour that came after a deploy went live, newest first."""
    since = max(deploy.finished_at or deploy.started_at or deploy.created_at, now - RECENTLY)
    return tuple(each for each in events or () if each.type is EventType.SERVER_FAILED and each.at >= since)


def story_of(deploys: Sequence[Deploy] | None) -> DeployStory:
    """Return with which deploy the service began to fail, by deploys that are listed newest first."""
    telling = [deploy for deploy in deploys or () if deploy.status in FAILED | GOOD]
    last_good = next((deploy for deploy in telling if deploy.status in GOOD), None)
    failed = telling[: telling.index(last_good)] if last_good else telling
    if not failed:
        return DeployStory(last_good=last_good.id if last_good else None)
    first = failed[-1]
    return DeployStory(
        first.id, first.started_at or first.created_at, last_good.id if last_good else None, last_good is not None
    )
