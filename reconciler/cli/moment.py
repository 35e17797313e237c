"""A run's number, or a time, on the command line: `7`, `2026-11-24T08:00:00Z`, or how long ago: `24h`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import click

from reconciler.config import parse_duration

RUN = re.compile(r"[0-9]{1,18}", re.ASCII)


class RunOrTime(click.ParamType[int | datetime]):
    """A run's number, or a time in UTC."""

    name = "run or time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | datetime:
        """Read it; a time without a zone is in UTC, and one to come is a mistake."""
        if isinstance(value, int | datetime):
            return value
        text, now = str(value), datetime.now(UTC)
        if RUN.fullmatch(text):
            return int(text)
        try:
            return now - parse_duration(text)
        except ValueError:
            pass
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(
                f"{text!r} is no run's number, no time such as 2026-11-24T08:00:00Z, and no length such as 24h",
                param,
                ctx,
            )
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if moment > now:
            self.fail(f"{text!r} is still to come", param, ctx)
        return moment
