"""Progress on standard error: one line that changes while somebody watches, nothing when nobody does."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.domain.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.status import Status

    from reconciler.ports import Progress


class Silence:
    """Says nothing."""

    def say(self, message: str) -> None:
        """Pass the message over."""

    def wait(self, message: str) -> None:
        """Pass this one over, too."""


class Spinner:
    """Shows the newest message beside a spinner."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._said = ""

    def say(self, message: str) -> None:
        """Show a message in place of the one before."""
        self._said = message
        self._show(message)

    def wait(self, message: str) -> None:
        """Show a message after the one that was said last."""
        self._show(f"{self._said}; {message}" if self._said else message)

    def _show(self, message: str) -> None:
        from rich.text import Text  # noqa: PLC0415 — rich is loaded only where there is a terminal

        self._status.update(Text(printable(message)))


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress while the block runs, where standard error is a terminal that a person watches.

    A runner of Actions may give a step a terminal, but reads it for commands: a mask that comes after a spinner's
    control characters would be no command, and what it names would be shown.
    """
    if not sys.stderr.isatty() or os.environ.get("GITHUB_ACTIONS") == "true":
        yield Silence()
        return
    from rich.console import Console  # noqa: PLC0415 — rich is loaded only where there is a terminal

    with Console(stderr=True).status("") as status:
        yield Spinner(status)
