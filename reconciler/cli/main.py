"""The entry point: finds the command, loads only what it needs, turns every error into its message and exit code."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler import __version__
from reconciler.cli.settings import Settings, common_options
from reconciler.errors import ProblemsError, ReconcileError

if TYPE_CHECKING:
    from types import FrameType

COMMANDS = ("validate", "plan", "show", "approve", "apply", "drift", "schema", "sandbox", "demo")
"""In the order of `--help`; each is a module of this package with a command of its own name."""

INTERRUPTED = 130


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
    signal.signal(signal.SIGTERM, _as_interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal of another encoding gets escapes where it cannot show a character, not an error half-way.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False)
    except ReconcileError as error:
        _complain(error)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.secho("Interrupted. Nothing was changed on Render.", err=True, fg="bright_red")
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        # Click ends usage errors with 2, which here means that there are changes.
        error.show()
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read the output, `head` say, has seen enough; Python must not complain while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 — the last line of defence: a bug must not print what it holds
        _confess(error)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _as_interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _complain(error: ReconcileError) -> None:
    title = click.style("Error: ", fg="bright_red", bold=True)
    if isinstance(error, ProblemsError) and len(error.problems) > 1:
        click.echo(error.message, err=True)
        click.echo(f"{title}{len(error.problems)} problems. Nothing was changed on Render.", err=True)
    else:
        click.echo(f"{title}{error.message}", err=True)
    if error.remedy:
        click.echo(f"  {error.remedy}", err=True)


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
