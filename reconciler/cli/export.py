"""`reconcile export`: print what a service is to have, for whom it is meant to be seen by."""

from __future__ import annotations

import click

from reconciler.cli.options import format_option, outside_option
from reconciler.cli.runner import reads_stdout
from reconciler.cli.service_values import one_service_options, service_values
from reconciler.cli.settings import Settings, common_options
from reconciler.errors import UsageError
from reconciler.report.export import exported
from reconciler.report.workflow_commands import without_commands


@click.command()
@common_options
@one_service_options
@format_option("dotenv", "json", "yaml")
@click.option("--show-secrets", is_flag=True, allow_from_autoenv=False, help="Print the values; needed, on purpose.")
@outside_option
def export(
    settings: Settings, *, service: str, environment: str, output: str, show_secrets: bool, allow_outside: bool
) -> None:
    """Print a service's literals and secrets on standard output."""
    if not show_secrets:
        raise UsageError(
            "export prints secrets, so it has to be told to",
            remedy="say --show-secrets; or run a command with them by `reconcile exec`, which shows nothing",
        )
    found = service_values(settings, service, environment, allow_outside=allow_outside)
    text = exported(found.values, output)
    if reads_stdout() and without_commands(text) != text:
        raise UsageError(
            "a value holds what GitHub's runner would take for a command, and it reads what is printed here",
            remedy="write it to a file (`> .env`), or run a command with the values by `reconcile exec`",
        )
    # As bytes: the terminal's encoding may lack a character, and escapes would be another value.
    click.echo(text.encode("utf-8"), nl=False)
    if found.elsewhere:
        names = ", ".join(f"{key} ({source})" for key, source in sorted(found.elsewhere.items()))
        settings.tell(f"Not in it, since only Render has them: {names}")
