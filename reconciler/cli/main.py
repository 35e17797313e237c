"""The entry point: finds the command, loads only what it needs, turns every error into its message and exit code."""

from __future__ import annotations

import gc
import importlib
import io
import math
import os
import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

from reconciler import __version__
from reconciler.cli.runner import guard_streams
from reconciler.cli.settings import Settings, common_options
from reconciler.domain.printable import printable, printable_lines
from reconciler.errors import ProblemsError, ReconcileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

COMMANDS = (
    "init",
    "validate",
    "plan",
    "show",
    "approve",
    "apply",
    "comment",
    "drift",
    "audit",
    "diff",
    "diagnose",
    "history",
    "rollback",
    "unlock",
    "secrets",
    "exec",
    "export",
    "rules",
    "schema",
    "sandbox",
    "demo",
)
"""In the order of `--help`; each is a module of this package with a command of its own name."""

INTERRUPTED = 130
OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Python's 700 make it look for cycles again and again in values that all stay: a quarter of a big plan's time."""
SAME_INTERRUPTION_SECONDS = 1.0


class LazyGroup(click.Group):
    """Imports a command only when it is called, so that `--version` stays as quick as Python itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        """Return the commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 — click's signature
        """Return a command, or nothing for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"reconciler.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 — a mistake of ours, not of a user's
        return command


@click.command(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "RECONCILE",
        "max_content_width": 88,
    },
)
@click.version_option(__version__, prog_name="reconcile", message="%(prog)s %(version)s")
@common_options
def cli(settings: Settings) -> None:
    """Keep the environment variables and secrets of services on Render the way services.yaml says."""


def main() -> NoReturn:
    """Run the command line and exit."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 50)
    interrupt = _Interrupt()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal of another encoding gets escapes where it cannot show a character, not an error half-way.
            stream.reconfigure(errors="backslashreplace")
    guard_streams()
    try:
        code = _outcome()
    except KeyboardInterrupt:
        # One more signal while the first one was being told.
        _ignore_signals()
        code = INTERRUPTED
    for stream in (sys.stdout, sys.stderr):
        with _reader_may_leave(stream):
            stream.flush()
    sys.exit(code)


def _outcome() -> int:
    """Run the command, tell what went wrong, and return the exit code, whether or not anybody is left to read it."""
    try:
        code = cli.main(standalone_mode=False)
    except ReconcileError as error:
        from reconciler.cli.failure import report_failure  # noqa: PLC0415 — only a failure needs it

        with _reader_may_leave(sys.stderr):
            _complain(error)
            report_failure(error)
        return error.exit_code
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (click.Abort, KeyboardInterrupt):
        _ignore_signals()
        with _reader_may_leave(sys.stderr):
            click.secho("Interrupted. Nothing was changed on Render.", err=True, fg="bright_red")
        return INTERRUPTED
    except click.ClickException as error:
        # Click ends usage errors with 2, which here means that there are changes.
        told = io.StringIO()
        error.show(told)
        with _reader_may_leave(sys.stderr):
            click.echo(printable_lines(told.getvalue()), err=True, nl=False)
        return 1
    except BrokenPipeError:
        # Whoever read the output, `head` say, has seen enough.
        _discard(sys.stdout)
        return 1
    except Exception as error:  # noqa: BLE001 — the last line of defence: a bug must not print what it holds
        with _reader_may_leave(sys.stderr):
            _confess(error)
        return 1
    return code if isinstance(code, int) else 0


@contextmanager
def _reader_may_leave(stream: TextIO) -> Iterator[None]:
    """Let whoever reads a stream go away: the exit code stands all the same."""
    try:
        yield
    except BrokenPipeError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """Drop what is still to be written, so that Python does not complain while it shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _ignore_signals() -> None:
    """Take no more signals, so that the exit code says how the command ended."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


class _Interrupt:
    """Ends the command on a signal; those that follow at once, as a runner sends them, are the same interruption."""

    def __init__(self) -> None:
        self._last = -math.inf

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Raise `KeyboardInterrupt`, unless that was just done and is still being dealt with."""
        now = time.monotonic()
        if now - self._last > SAME_INTERRUPTION_SECONDS:
            self._last = now
            if asyncio_log := getattr(sys.modules.get("asyncio.log"), "logger", None):
                # It would report each task that the interruption ends as one whose error nobody looked at.
                asyncio_log.disabled = True
            # So would Python of whatever one more signal keeps from being closed.
            sys.unraisablehook = lambda _: None
            raise KeyboardInterrupt


def _complain(error: ReconcileError) -> None:
    title = click.style("Error: ", fg="bright_red", bold=True)
    if isinstance(error, ProblemsError):
        # One line each: what is in a line may be of other people's making, the line ends between them are ours.
        problems = [printable(str(problem)) for problem in error.problems]
        if len(problems) > 1:
            click.echo("\n".join(problems), err=True)
            problems = [f"{len(problems)} problems. Nothing was changed on Render."]
        click.echo(title + "\n".join(problems), err=True)
    else:
        click.echo(title + printable_lines(error.message), err=True)
    if error.remedy:
        click.echo(f"  {printable_lines(error.remedy)}", err=True)


def _confess(error: Exception) -> None:
    """Report a bug by its type and place: its text might quote a value."""
    import traceback  # noqa: PLC0415 — only a bug needs it, and `--version` should not wait for it

    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}, line {frames[-1].lineno} of {os.path.basename(frames[-1].filename)}" if frames else ""  # noqa: PTH119 — a name, not a file
    click.secho(f"Error: a bug in reconcile: {type(error).__name__} in {place}", err=True, fg="bright_red")
    if {"-v", "--verbose"} & set(sys.argv):
        click.echo("".join(traceback.format_list(frames)), err=True, nl=False)
    else:
        click.echo("  run it again with -v to see where, and report that", err=True)
