"""Prove that a service is healthy after a deploy: its own health path, and lines of instances born after it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.domain.outcome import HealthOutcome, HealthResult
from reconciler.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.domain.deploy import Deploy, LogLine
    from reconciler.domain.state import Health, LogPattern, ServiceSummary
    from reconciler.ports import HealthProbe
    from reconciler.workflows.watch import Watch


@dataclass(slots=True)
class Proof:
    """Judges one service after one deploy; remembers which instances were there before, and when others were born."""

    watch: Watch
    probe: HealthProbe
    target: ServiceSummary
    health: Health
    old_instances: frozenset[str]
    births: dict[str, datetime] = field(default_factory=dict)

    async def fatal(self, deploy: Deploy) -> str | None:
        """Say which fatal pattern an instance of this deploy logged; never the line, which may hold a secret."""
        if not self.health.log_fatal:
            return None
        return _matched_fatal(self.health, await self._lines(deploy))

    async def judge(self, deploy: Deploy) -> HealthOutcome:
        """Wait until the service is proven healthy or unhealthy, at most as long as its health rule allows."""
        began = self.watch.clock.monotonic()
        within = self.health.within.total_seconds()
        while True:
            try:
                verdict, missing = await self._look(deploy)
            except RenderError as error:
                return HealthOutcome(HealthResult.UNKNOWN, f"its logs could not be read: {error.message}")
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
        if self.health.log_ready is not None or self.health.log_fatal:
            lines = await self._lines(deploy)
            if (fatal := _matched_fatal(self.health, lines)) is not None:
                return HealthOutcome(HealthResult.UNHEALTHY, fatal), None
            if self.health.log_ready is not None:
                ready = next((line for line in lines if matches(self.health.log_ready, line.message)), None)
                if ready is None:
                    return None, f"no instance born after the deploy logged “{self.health.log_ready}”"
                seen.append(f"“{self.health.log_ready}” logged by {ready.instance or 'a new instance'}")
            elif not lines:
                return None, "no instance born after the deploy logged anything"
        if self.health.path is not None:
            if self.target.url is None:
                detail = f"Render names no URL to ask {self.health.path} of"
                return HealthOutcome(HealthResult.UNKNOWN, detail), None
            complaint = await self.probe.check(self.target.url.rstrip("/") + self.health.path)
            if complaint is not None:
                return None, f"{self.health.path} did not answer as a healthy service does ({complaint})"
            seen.append(f"{self.health.path} answered")
        return (HealthOutcome(HealthResult.HEALTHY, ", ".join(seen)), None) if seen else (None, None)

    async def _lines(self, deploy: Deploy) -> Sequence[LogLine]:
        """Read the lines of instances that were born after the deploy was asked for, by Render's own clock."""
        reader = self.watch.reader
        for instance in await reader.instances(self.target.id):
            self.births[instance.id] = instance.created_at
        lines = await reader.logs(self.target.workspace_id, self.target.id, since=deploy.created_at)
        return [line for line in lines if self._is_newborn(line, deploy)]

    def _is_newborn(self, line: LogLine, deploy: Deploy) -> bool:
        """Whether a line is of this deploy's own instance; one that crashed before it was listed counts by its line."""
        if line.instance is None or line.instance in self.old_instances or line.timestamp < deploy.created_at:
            return False
        return self.births.get(line.instance, deploy.created_at) >= deploy.created_at


def matches(pattern: LogPattern, message: str) -> bool:
    """Whether a log line has what a pattern describes."""
    return re.search(pattern.text, message) is not None if pattern.regex else pattern.text in message


def _matched_fatal(health: Health, lines: Sequence[LogLine]) -> str | None:
    for line in lines:
        for pattern in health.log_fatal:
            if matches(pattern, line.message):
                return f"fatal line: “{pattern}” logged by {line.instance} at {line.timestamp:%H:%M:%S} UTC"
    return None
