"""A running copy of a service, and the log lines it has written by a given time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox.workloads import Script  # noqa: TC001 — the state file's codec reads the field types at run time

if TYPE_CHECKING:
    from collections.abc import Iterator

_GAP = timedelta(microseconds=100)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line as the log endpoint knows it."""

    id: str
    at: datetime
    message: str
    labels: tuple[tuple[str, str], ...]

    def label(self, name: str) -> str | None:
        """Return the value of a label."""
        return dict(self.labels).get(name)


@dataclass(frozen=True, slots=True)
class Instance:
    """A process started by a deploy, with a snapshot of variables that is already turned into a script."""

    id: str
    service_id: str
    deploy_id: str
    started_at: datetime
    script: Script
    stopped_at: datetime | None = None

    def runs(self, now: datetime) -> bool:
        """Tell whether the process is there."""
        return self.started_at <= now and (self.stopped_at is None or now < self.stopped_at)

    def lines(self, start: datetime, end: datetime, *, backward: bool) -> Iterator[LogLine]:
        """Yield the lines of a span of time in order; only those asked for are ever made."""
        last = end if self.stopped_at is None else min(end, self.stopped_at)
        return self._backward(start, last) if backward else self._forward(start, last)

    def _forward(self, start: datetime, end: datetime) -> Iterator[LogLine]:
        yield from (line for line in self._opening() if start <= line.at <= end)
        number = max(1, self._rounds_by(start) - 1)
        while self.script.cycle and self._round_at(number) <= end:
            yield from (line for line in self._round(number) if start <= line.at <= end)
            number += 1

    def _backward(self, start: datetime, end: datetime) -> Iterator[LogLine]:
        # One round more on either side than needed: rounding to microseconds may put a line across the border.
        number = self._rounds_by(end) + 1 if self.script.cycle else 0
        while number >= 1 and self._round_at(number + 1) >= start:
            yield from (line for line in reversed(self._round(number)) if start <= line.at <= end)
            number -= 1
        yield from (line for line in reversed(self._opening()) if start <= line.at <= end)

    def rounds_between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield when the rounds of a span of time began, newest first: for a crashing process, its crashes."""
        last = end if self.stopped_at is None else min(end, self.stopped_at)
        number = self._rounds_by(last)
        while number >= 1 and self._round_at(number) >= start:
            yield self._round_at(number)
            number -= 1

    def _rounds_by(self, moment: datetime) -> int:
        passed = (moment - self.started_at).total_seconds() - self.script.cycle_after
        return 0 if passed < 0 or not self.script.cycle else int(passed // self.script.cycle_every) + 1

    def _round_at(self, number: int) -> datetime:
        seconds = self.script.cycle_after + (number - 1) * self.script.cycle_every
        return self.started_at + timedelta(seconds=seconds)

    def _opening(self) -> list[LogLine]:
        lines = enumerate(self.script.opening)
        return [self._line(f"0-{i}", self.started_at + i * _GAP, line.message, line.level) for i, line in lines]

    def _round(self, number: int) -> list[LogLine]:
        at = self._round_at(number)
        return [
            self._line(f"{number}-{i}", at + i * _GAP, line.message.replace("{n}", str(number)), line.level)
            for i, line in enumerate(self.script.cycle)
        ]

    def _line(self, suffix: str, at: datetime, message: str, level: str) -> LogLine:
        labels = (("resource", self.service_id), ("instance", self.id), ("level", level), ("type", "app"))
        return LogLine(f"{self.id}-{suffix}", at, message, labels)
