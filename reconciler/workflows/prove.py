"""Prove that a service is healthy after a deploy: its own health path, and lines of instances born from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.domain.outcome import HealthOutcome, HealthResult
from reconciler.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.deploy import Deploy, Instance, LogLine
    from reconciler.domain.state import Health, LogPattern, ServiceSummary
    from reconciler.ports import HealthProbe
    from reconciler.workflows.watch import Watch


@dataclass(slots=True)
class Proof:
    """Judges one service after one deploy; remembers which instances cannot have its values.

    An instance that was seen while the deploy was not yet running has older values, also one that was born meanwhile:
    of an earlier deploy, or by a restart. An instance that Render does not list is not taken for anybody's.
    """

    watch: Watch
    probe: HealthProbe
    target: ServiceSummary
    health: Health
    old: set[str] = field(default_factory=set)
    listed: Sequence[Instance] = ()
    fatal: str | None = None
    """What an instance of the deploy logged that ends the watching."""

    @property
    def reads_logs(self) -> bool:
        """Whether the rule is about log lines, so that instances have to be told apart."""
        return self.health.log_ready is not None or bool(self.health.log_fatal)

    async def before(self) -> None:
        """List the instances just before the deploy's status is read: if it does not run yet, they are all old."""
        if self.reads_logs:
            self.listed = await self.watch.reader.instances(self.target.id)

    def mark_old(self) -> None:
        """Take every instance that was just listed for an old one."""
        self.old.update(instance.id for instance in self.listed)

    async def after(self, deploy: Deploy) -> str | None:
        """Say which fatal pattern an instance of this deploy logged; never the line, which may hold a secret."""
        if not self.reads_logs:
            return None
        if not deploy.status.may_run:
            self.mark_old()
            return None
        if self.health.log_fatal:
            self.fatal = _matched_fatal(self.health, await self._lines(deploy))
        return self.fatal

    async def judge(self, deploy: Deploy) -> HealthOutcome:
        """Wait until the service is proven healthy or unhealthy, at most as long as its health rule allows."""
        began = self.watch.clock.monotonic()
        within = self.health.within.total_seconds()
        while True:
            try:
                verdict, missing = await self._look(deploy)
            except RenderError as error:
                verdict, missing = None, f"its logs could not be read: {error.message}"
                if self.watch.clock.monotonic() - began >= within:
                    return HealthOutcome(HealthResult.UNKNOWN, missing)
            if verdict is not None:
                return verdict
            if self.watch.stop.is_set():
                return HealthOutcome(HealthResult.UNKNOWN, "interrupted before it was proven healthy")
            if self.watch.clock.monotonic() - began >= within:
                if missing is None:
                    return HealthOutcome(HealthResult.HEALTHY, f"no fatal line within {within:.0f} s")
                return HealthOutcome(HealthResult.UNHEALTHY, f"{missing} within {within:.0f} s")
            self.watch.progress.say(f"{self.target.name}: waiting until it is healthy")
            await self.watch.pause()

    async def _look(self, deploy: Deploy) -> tuple[HealthOutcome | None, str | None]:
        """Return a verdict, or what is still missing; neither where only time can tell."""
        seen: list[str] = []
        if self.reads_logs:
            lines = await self._lines(deploy)
            if (fatal := _matched_fatal(self.health, lines)) is not None:
                return HealthOutcome(HealthResult.UNHEALTHY, fatal), None
            if self.health.log_ready is not None:
                ready = next((line for line in lines if matches(self.health.log_ready, line.message)), None)
                if ready is None:
                    return None, f"no instance born after the deploy logged “{self.health.log_ready}”"
                seen.append(f"“{self.health.log_ready}” logged by {ready.instance}")
            elif not lines:
                return None, "no instance born after the deploy logged anything"
        if self.health.path is not None:
            if self.target.url is None or not self.target.url.startswith(("http://", "https://")):
                detail = f"Render names no public URL to ask {self.health.path} of"
                return HealthOutcome(HealthResult.UNKNOWN, detail), None
            complaint = await self.probe.check(self.target.url.rstrip("/") + self.health.path)
            if complaint is not None:
                return None, f"{self.health.path} did not answer as a healthy service does ({complaint})"
            seen.append(f"{self.health.path} answered")
        return (HealthOutcome(HealthResult.HEALTHY, ", ".join(seen)), None) if seen else (None, None)

    async def _lines(self, deploy: Deploy) -> Sequence[LogLine]:
        """Read what the deploy's own instances logged: listed now, born since it started, and not old."""
        reader = self.watch.reader
        since = deploy.started_at or deploy.created_at
        own = {
            instance.id
            for instance in await reader.instances(self.target.id)
            if instance.id not in self.old and instance.created_at >= since
        }
        if not own:
            return ()
        lines = await reader.logs(self.target.workspace_id, self.target.id, since=since)
        return [line for line in lines if line.instance in own and line.timestamp >= since]


def matches(pattern: LogPattern, message: str) -> bool:
    """Whether a log line has what a pattern describes."""
    return re.search(pattern.text, message) is not None if pattern.regex else pattern.text in message


def _matched_fatal(health: Health, lines: Sequence[LogLine]) -> str | None:
    for line in lines:
        for pattern in health.log_fatal:
            if matches(pattern, line.message):
                return f"fatal line: “{pattern}” logged by {line.instance} at {line.timestamp:%H:%M:%S} UTC"
    return None


@dataclass(frozen=True, slots=True)
class NoProof:
    """Observes nothing, for a service whose health nothing can tell."""

    outcome: HealthOutcome
    """What is said instead."""

    async def before(self) -> None:
        """Look at nothing."""

    def mark_old(self) -> None:
        """Remember nothing."""

    async def after(self, _deploy: Deploy) -> str | None:
        """Find nothing wrong."""
        return None

    async def judge(self, _deploy: Deploy) -> HealthOutcome:
        """Say why there is no verdict."""
        return self.outcome
