"""Watch a deploy to its end: the one that was asked for, or the newer one that took over from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol, assert_never

from reconciler.domain.deploy import DeployStatus
from reconciler.domain.outcome import DeployOutcome, DeployResult
from reconciler.errors import RenderError
from reconciler.planning.rivals import is_foreign, triggered_by
from reconciler.workflows.stopping import pause

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime

    from reconciler.domain.deploy import Deploy
    from reconciler.ports import Clock, LiveReader, Progress

APPEARANCE_SECONDS = 60
"""How long a queued deploy may take to show up in the listing before it counts as lost."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far this machine's clock may be ahead of Render's: a deploy older than that was not asked for just now."""

BACKOFF = 1.25
"""How much longer each wait between two looks at one deploy is than the one before it."""
SLOWEST = 4.0
"""How many times as long as the first one a wait gets at most."""

GONE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
"""Answers after which asking again is of no use; anything else may pass while the deploy goes on."""


class Observer(Protocol):
    """Looks at a service beside its deploy, so that lines of older instances are known from those of its own."""

    async def before(self) -> None:
        """Look at what runs, just before the deploy's status is read."""
        ...

    async def after(self, deploy: Deploy) -> str | None:
        """Look again, just after that; say what is so bad that watching on makes no sense."""
        ...


@dataclass(frozen=True, slots=True)
class Watch:
    """What watching needs: how to read, how often, how long, and what ends it early."""

    reader: LiveReader
    clock: Clock
    progress: Progress
    stop: asyncio.Event
    poll_seconds: float
    """How long to wait after the first look; the more looks it takes, the longer between them."""
    timeout: timedelta

    async def pause(self, looks: int = 0) -> None:
        """Wait until it is time to ask Render again after so many looks, or until somebody wants to stop."""
        longer = min(BACKOFF ** min(looks, 100), SLOWEST)
        await pause(self.clock, self.stop, self.poll_seconds * longer)


async def appearing_deploy(watch: Watch, service_id: str, known: frozenset[str], asked_at: datetime) -> Deploy | None:
    """Find the deploy that was asked for without an answer that names it: the oldest one that was not there before."""
    began = watch.clock.monotonic()
    while True:
        newer = [
            deploy
            for deploy in await watch.reader.deploys(service_id)
            if deploy.id not in known and deploy.created_at >= asked_at - CLOCK_SKEW
        ]
        if newer:
            # One that something else triggered was not asked for here, so it is taken only where there is no other.
            own = [deploy for deploy in newer if not is_foreign(deploy)]
            return min(own or newer, key=lambda deploy: deploy.created_at)
        if watch.stop.is_set() or watch.clock.monotonic() - began >= APPEARANCE_SECONDS:
            return None
        await watch.pause()


async def watch_deploy(
    watch: Watch, service_id: str, requested: Deploy, known: frozenset[str], observer: Observer
) -> tuple[DeployOutcome, Deploy]:
    """Follow a deploy until it ended, its time is over, or the observer gives up on it.

    `known` are the deploys that were there before the request: any other one was created after the last write and has
    the new values, so a newer one that takes over is followed. Returns the outcome and the deploy last looked at.
    """
    began = watch.clock.monotonic()
    followed = {requested.id}
    current, trouble, looks = requested, None, 0
    while True:
        watch.progress.say(f"deploy {current.id}: {current.status}")
        seconds = round(watch.clock.monotonic() - began)
        try:
            bad = await observer.after(current)
            successor = await _successor(watch, service_id, current, known | followed)
            trouble = None
        except RenderError as error:
            bad, successor, trouble = None, None, error
        if current.status.has_ended and successor is None and trouble is None:
            return _ended(current, requested, seconds), current
        early = _early_end(watch, current, seconds, bad, trouble)
        if early is not None:
            return early, current
        if successor is not None:
            followed.add(successor.id)
            current = successor
            continue
        await watch.pause(looks)
        looks += 1
        try:
            await observer.before()
            current = await watch.reader.deploy(service_id, current.id)
        except RenderError as error:
            trouble = error
            early = _early_end(watch, current, seconds, None, trouble)
            if early is not None:
                return early, current


def _early_end(
    watch: Watch, current: Deploy, seconds: int, bad: str | None, trouble: RenderError | None
) -> DeployOutcome | None:
    """Return the outcome where watching ends although the deploy has not, as far as anybody saw."""
    if bad is not None:
        return DeployOutcome(DeployResult.UNKNOWN, current.id, current.status, seconds, bad)
    if trouble is not None and trouble.status in GONE:
        detail = f"could not be watched to its end: {trouble.message}"
        return DeployOutcome(DeployResult.UNKNOWN, current.id, current.status, seconds, detail)
    if watch.stop.is_set():
        detail = "interrupted while it was being watched; it goes on at Render"
        return DeployOutcome(DeployResult.UNKNOWN, current.id, current.status, seconds, detail)
    if seconds >= watch.timeout.total_seconds():
        last = f"; the last look failed: {trouble.message}" if trouble else ""
        detail = f"still {current.status} after {seconds} s, the service's timeout; it goes on at Render{last}"
        return DeployOutcome(DeployResult.TIMED_OUT, current.id, current.status, seconds, detail)
    return None


async def _successor(watch: Watch, service_id: str, ended: Deploy, passed: frozenset[str]) -> Deploy | None:
    """Return the newest deploy after one that was canceled or deactivated, which may mean that it took over."""
    if ended.status not in {DeployStatus.CANCELED, DeployStatus.DEACTIVATED}:
        return None
    newer = [
        deploy
        for deploy in await watch.reader.deploys(service_id)
        if deploy.id not in passed and deploy.created_at >= ended.created_at
    ]
    return max(newer, key=lambda deploy: deploy.created_at, default=None)


def _superseded(deploy: Deploy, requested: Deploy) -> str:
    return f"{requested.id} was superseded by {deploy.id}, {triggered_by(deploy)}"


def _ended(deploy: Deploy, requested: Deploy, seconds: int) -> DeployOutcome:
    match deploy.status:
        case DeployStatus.LIVE if deploy.id == requested.id:
            return DeployOutcome(DeployResult.LIVE, deploy.id, deploy.status, seconds)
        case DeployStatus.LIVE:
            detail = f"{_superseded(deploy, requested)}; it was created after the last write"
            return DeployOutcome(DeployResult.LIVE_BY_ANOTHER, deploy.id, deploy.status, seconds, detail)
        case DeployStatus.BUILD_FAILED | DeployStatus.PRE_DEPLOY_FAILED | DeployStatus.UPDATE_FAILED:
            why = None if deploy.id == requested.id else _superseded(deploy, requested)
            return DeployOutcome(DeployResult.FAILED, deploy.id, deploy.status, seconds, why)
        case DeployStatus.CANCELED | DeployStatus.DEACTIVATED:
            detail = "no newer deploy took over"
            if deploy.id != requested.id:
                detail = f"{_superseded(deploy, requested)}; then {detail}"
            return DeployOutcome(DeployResult.CANCELED, deploy.id, deploy.status, seconds, detail)
        case (
            DeployStatus.CREATED
            | DeployStatus.QUEUED
            | DeployStatus.BUILD_IN_PROGRESS
            | DeployStatus.PRE_DEPLOY_IN_PROGRESS
            | DeployStatus.UPDATE_IN_PROGRESS
            | DeployStatus.UNKNOWN
        ):
            return DeployOutcome(DeployResult.UNKNOWN, deploy.id, deploy.status, seconds)
        case _:
            assert_never(deploy.status)
