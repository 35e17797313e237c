"""The runner of GitHub's Actions: what it is told while a command runs there, and nothing at all anywhere else.

It reads commands from both streams, so they are written to standard error, and standard output stays what it is.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from reconciler.domain.printable import printable
from reconciler.errors import ReconcileError
from reconciler.report.workflow_commands import annotation_lines, mask_lines, without_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reconciler.domain.value import Secret
    from reconciler.errors import Location
    from reconciler.report.workflow_commands import Annotation

SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"


def is_runner() -> bool:
    """Whether the command runs in GitHub's Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def reads_stdout() -> bool:
    """Whether the runner may read standard output: it does unless that goes to a file; of a pipe nobody can tell."""
    return is_runner() and not stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)


def guard_streams() -> None:
    """Let nothing that is printed from now on be a command of whoever chose a key, a name, a literal or a message."""
    if is_runner():
        sys.stdout, sys.stderr = _guarded(sys.stdout), _guarded(sys.stderr)


def mask(values: Iterable[Secret]) -> None:
    """Have the runner hide values from here on, in the logs of later steps, too."""
    if is_runner():
        _command(mask_lines(values))


def annotate(annotations: Sequence[Annotation]) -> None:
    """Show what is wrong beside the lines of the file that it is wrong in."""
    if is_runner():
        _command(annotation_lines([replace(each, location=_in_repository(each.location)) for each in annotations]))


def summarise(page: Callable[[], str]) -> None:
    """Append to the step's summary as much as fits; one that cannot be written is said to be so, and no more."""
    name = os.environ.get(SUMMARY)
    if not is_runner() or not name:
        return
    from reconciler.report.step_summary import fitted  # noqa: PLC0415 — `--version` should not wait for it

    try:
        markdown = page()
        with Path(name).open("ab") as file:
            file.write(fitted(markdown, file.tell()))
    except (ReconcileError, OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        click.echo(printable(f"The step's summary was not written: {reason}"), err=True)


def _in_repository(location: Location | None) -> Location | None:
    """Return a place with its file as the repository has it, wherever in it the command runs."""
    workspace = os.environ.get(WORKSPACE)
    if location is None or not workspace:
        return location
    path = Path(os.path.realpath(location.file))
    root = Path(os.path.realpath(workspace))
    return replace(location, file=path.relative_to(root).as_posix()) if path.is_relative_to(root) else location


def _command(lines: Sequence[str]) -> None:
    if lines:
        # As bytes: text is what the streams are guarded for.
        click.echo("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"), err=True, nl=False)


def _guarded(stream: TextIO) -> TextIO:
    """Return a guard over a stream, or what is there in the place of one: nothing is, where it was closed."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    by_line = stream.line_buffering
    return _GuardedStream(stream.detach(), encoding="utf-8", errors="backslashreplace", line_buffering=by_line)


class _GuardedStream(io.TextIOWrapper):
    """Holds a line back until all of it is there, and then lets it pass without commands in it."""

    _held = ""

    def write(self, text: str, /) -> int:
        held = self._held + text
        end = held.rfind("\n") + 1
        self._held = held[end:]
        if end:
            super().write(without_commands(held[:end]))
        return len(text)

    def flush(self) -> None:
        held, self._held = self._held, ""
        if held:
            super().write(without_commands(held))
        super().flush()
