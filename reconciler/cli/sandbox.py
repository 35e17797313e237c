"""`reconcile sandbox`: a stand-in for Render's API on this machine, to rehearse against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Flag
from reconciler.cli.settings import Settings, common_options
from reconciler.sandbox import SCENARIOS, serve

if TYPE_CHECKING:
    from reconciler.sandbox import RunningSandbox


@click.command()
@common_options
@click.option("--port", type=click.IntRange(0, 65535), default=8787, help="0 takes a free one [default: 8787].")
@click.option("--scenario", type=click.Choice(sorted(SCENARIOS)), default="incident", help="[default: incident]")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="Keep the state in this file.")
@click.option(
    "--secrets",
    "secrets_dir",
    cls=Flag,
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the scenario's made-up secrets here, as ENV.env.",
)
def sandbox(settings: Settings, *, port: int, scenario: str, state: Path | None, secrets_dir: Path | None) -> None:
    """Stand in for Render's API on this machine, until it is stopped.

    Standard output has the two variables that make reconcile talk to it.
    """

    def ready(running: RunningSandbox) -> None:
        settings.show(f"export RENDER_API_URL={running.url}\nexport RENDER_API_KEY={running.api_key}")
        kept = f", kept in {state}" if state else ""
        settings.tell(f"Scenario {scenario} on {running.root}{kept}. Everything in it is made up. Ctrl-C stops it.")

    serve(scenario, port=port, state=state, secrets_dir=secrets_dir, ready=ready)
