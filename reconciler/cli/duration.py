"""Durations on the command line, in the words of services.yaml: `500ms`, `5s`, `1h30m`."""

from __future__ import annotations

from datetime import timedelta

import click

from reconciler.config import parse_duration


class Duration(click.ParamType[timedelta]):
    """A length of time, above zero unless none is one too."""

    name = "duration"

    def __init__(self, *, may_be_none: bool = False) -> None:
        self._may_be_none = may_be_none

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the length of time that a text says."""
        if isinstance(value, timedelta):
            return value
        try:
            length: timedelta = parse_duration(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a duration such as 500ms, 5s or 2m", param, ctx)
        if not length and not self._may_be_none:
            self.fail("must be longer than nothing", param, ctx)
        return length
