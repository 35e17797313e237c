"""Watch a deploy to its end: the one that was asked for, or the newer one that took over from it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.deploy import DeployStatus
from reconciler.domain.outcome import DeployOutcome, DeployResult
from reconciler.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import timedelta

    from reconciler.domain.deploy import Deploy
    from reconciler.ports import Clock, LiveReader, Progress

APPEARANCE_SECONDS = 60
"""How long a queued deploy may take to show up in the listing before it counts as lost."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What watching needs: how to read, how often, how long, and what ends it early."""

    reader: LiveReader
    clock: Clock
    progress: Progress
    stop: asyncio.Event
    poll_seconds: float
    timeout: timedelta

    async def pause(self) -> None:
        """Wait until it is time to ask Render again, or until somebody wants to stop."""
        waits = [asyncio.ensure_future(self.clock.sleep(self.poll_seconds)), asyncio.ensure_future(self.stop.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


async def appearing_deploy(watch: Watch, service_id: str, known: frozenset[str]) -> Deploy | None:
    """Find the deploy that Render queued without saying which: the oldest that was not there before the request."""
    began = watch.clock.monotonic()
    while not watch.stop.is_set():
        newer = [deploy for deploy in await watch.reader.deploys(service_id) if deploy.id not in known]
        if newer:
            return min(newer, key=lambda deploy: deploy.created_at)
        if watch.clock.monotonic() - began >= APPEARANCE_SECONDS:
            return None
        await watch.pause()
    return None


async def watch_deploy(
    watch: Watch,
    service_id: str,
    requested: Deploy,
    known: frozenset[str],
    fatal: Callable[[Deploy], Awaitable[str | None]],
) -> tuple[DeployOutcome, Deploy]:
    """Follow a deploy until it ended, its time is over, or `fatal` names a line that ends the watch at once.

    `known` are the deploys that were there before the request: any other one was created after the last write and has
    the new values, so a newer one that takes over is followed. Returns the outcome and the deploy last looked at.
    """
    began = watch.clock.monotonic()
    current = requested
    while True:
        watch.progress.say(f"deploy {current.id}: {current.status}")
        seconds = round(watch.clock.monotonic() - began)
        if current.status.has_ended:
            successor = await _successor(watch, service_id, current, known)
            if successor is None:
                return _ended(current, requested, seconds), current
            current = successor
            continue
        if (line := await fatal(current)) is not None:
            return DeployOutcome(DeployResult.UNKNOWN, current.id, current.status, seconds, line), current
        if watch.stop.is_set():
            detail = "interrupted while it was being watched; it goes on at Render"
            return DeployOutcome(DeployResult.UNKNOWN, current.id, current.status, seconds, detail), current
        if seconds >= watch.timeout.total_seconds():
            detail = f"still {current.status} after {seconds} s, the service's timeout; it goes on at Render"
            return DeployOutcome(DeployResult.TIMED_OUT, current.id, current.status, seconds, detail), current
        await watch.pause()
        try:
            current = await watch.reader.deploy(service_id, current.id)
        except RenderError as error:
            detail = f"could not be watched to its end: {error.message}"
            return DeployOutcome(DeployResult.UNKNOWN, current.id, current.status, seconds, detail), current


async def _successor(watch: Watch, service_id: str, ended: Deploy, known: frozenset[str]) -> Deploy | None:
    """Return the newest deploy after one that was canceled or deactivated, which may mean that it took over."""
    if ended.status not in {DeployStatus.CANCELED, DeployStatus.DEACTIVATED}:
        return None
    newer = [
        deploy
        for deploy in await watch.reader.deploys(service_id)
        if deploy.id not in known and deploy.id != ended.id and deploy.created_at >= ended.created_at
    ]
    return max(newer, key=lambda deploy: deploy.created_at, default=None)


def _ended(deploy: Deploy, requested: Deploy, seconds: int) -> DeployOutcome:
    match deploy.status:
        case DeployStatus.LIVE if deploy.id == requested.id:
            return DeployOutcome(DeployResult.LIVE, deploy.id, deploy.status, seconds)
        case DeployStatus.LIVE:
            by = f", triggered by {deploy.trigger}" if deploy.trigger else ""
            detail = f"{requested.id} was superseded by {deploy.id}{by}, which was created after the last write"
            return DeployOutcome(DeployResult.LIVE_BY_ANOTHER, deploy.id, deploy.status, seconds, detail)
        case DeployStatus.BUILD_FAILED | DeployStatus.PRE_DEPLOY_FAILED | DeployStatus.UPDATE_FAILED:
            return DeployOutcome(DeployResult.FAILED, deploy.id, deploy.status, seconds)
        case DeployStatus.CANCELED | DeployStatus.DEACTIVATED:
            detail = "and no newer deploy took over"
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
