"""`reconcile sandbox`: a stand-in for Render's API on this machine, to rehearse against."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Flag
from reconciler.cli.seeding import seeds
from reconciler.cli.settings import Settings, common_options
from reconciler.errors import UsageError
from reconciler.sandbox import SCENARIOS, serve

if TYPE_CHECKING:
    from reconciler.sandbox import Beginning, RunningSandbox


@click.command()
@common_options
@click.option("--port", type=click.IntRange(0, 65535), default=8787, help="0 takes a free one [default: 8787].")
@click.option("--scenario", type=click.Choice(sorted(SCENARIOS)), help="[default: incident]")
@click.option("--from-render", is_flag=True, help="Look like the workspaces of services.yaml; all values are made up.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="Keep the state in this file.")
@click.option(
    "--secrets",
    "secrets_dir",
    cls=Flag,
    type=click.Path(path_type=Path, file_okay=False),
    help="Write made-up secrets here, as ENV.env.",
)
def sandbox(
    settings: Settings,
    *,
    port: int,
    scenario: str | None,
    from_render: bool,
    state: Path | None,
    secrets_dir: Path | None,
) -> None:
    """Stand in for Render's API on this machine, until it is stopped.

    Standard output has the variables that make reconcile talk to it.
    """
    beginning: str | Beginning = scenario or "incident"
    exported = ["RENDER_API_KEY"]
    if from_render:
        _check_alone(scenario, state, secrets_dir)
        found = seeds(settings)
        beginning, exported = found.beginning, [*exported, *(set(found.key_variables) - {*exported})]

    def ready(running: RunningSandbox) -> None:
        settings.show(f"export RENDER_API_URL={running.url}")
        for variable in sorted(exported):
            settings.show(f"export {variable}={running.api_key}")
        if from_render:
            # Its services have the ids of the real ones, whose journal is to hear nothing of a rehearsal.
            settings.show(f"export RECONCILE_STORE_URL=sqlite:///.reconcile/rehearsal-{token_hex(4)}.db")
        kept = f", kept in {state}" if state else ""
        settings.tell(
            f"Scenario {running.scenario.name} on {running.root}{kept}. Everything in it is made up. Ctrl-C stops it."
        )
        for note in running.scenario.notes:
            settings.tell(note)

    serve(beginning, port=port, state=state, secrets_dir=secrets_dir, ready=ready)


def _check_alone(scenario: str | None, state: Path | None, secrets_dir: Path | None) -> None:
    """Refuse what cannot go with a sandbox that looks like Render, before Render is asked anything."""
    if scenario:
        raise UsageError("--from-render and --scenario are two ways to begin", remedy="leave one of them out")
    if secrets_dir and secrets_dir.exists():
        # Made-up values must never take the place of real ones.
        raise UsageError(f"{secrets_dir} is there already, and may hold real secrets", remedy="name another directory")
    if state and state.exists():
        raise UsageError(
            f"{state} holds a state, which would be gone on with in place of what Render has",
            remedy="leave --from-render out to go on with it, or name another file",
        )
