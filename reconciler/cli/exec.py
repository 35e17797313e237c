"""`reconcile exec`: run a command with what a service is to have in its environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler.cli.options import outside_option
from reconciler.cli.service_values import one_service_options, service_values
from reconciler.cli.settings import Settings, common_options
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.service_values import ServiceValues

OWN_PREFIX = "RECONCILE_"
OWN_KEY = "RENDER_API_KEY"


@click.command(context_settings={"allow_interspersed_args": False})
@common_options
@one_service_options
@outside_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec(  # noqa: A001 — the command's name
    settings: Settings, *, service: str, environment: str, allow_outside: bool, command: tuple[str, ...]
) -> None:
    """Run COMMAND with a service's literals and secrets in its environment; nothing is written to disk.

    reconcile's own keys are taken out of that environment. Write `--` before COMMAND.
    """
    found = service_values(settings, service, environment, allow_outside=allow_outside)
    missing = {key: source for key, source in found.elsewhere.items() if key not in os.environ}
    if missing:
        names = ", ".join(f"{key} ({source})" for key, source in sorted(missing.items()))
        settings.tell(f"Not set, since only Render has them: {names}")
    sys.stdout.flush()
    sys.stderr.flush()
    _become(command, _environment(os.environ, found))


def _environment(environ: Mapping[str, str], found: ServiceValues) -> dict[str, str]:
    """Return what the command gets: what is here, but for our own keys, and what the service is to have."""
    own = {OWN_KEY, *found.own_keys}
    kept = {
        name: text
        for name, text in environ.items()
        if name not in own and name not in found.absent and not name.startswith(OWN_PREFIX)
    }
    return kept | {key: value.reveal() for key, value in found.values.items()}


def _become(command: tuple[str, ...], environ: dict[str, str]) -> NoReturn:
    """Put the command in the place of this process, so that signals and its exit code are its own."""
    try:
        if sys.platform == "win32":
            # There the process cannot be replaced; Ctrl-C reaches both.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            sys.exit(subprocess.run(command, env=environ, check=False).returncode)  # noqa: S603 — what the person asked for
        # Python ignores this one, and what is ignored stays so in the command.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvpe(command[0], command, environ)  # noqa: S606 — what the person asked for
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
    except ValueError:
        reason = "its name or arguments hold a NUL character"
    raise UsageError(f"cannot run {command[0]}: {reason}")
