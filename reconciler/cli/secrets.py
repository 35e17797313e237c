"""`reconcile secrets check`: whether every reference resolves, without asking Render anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Flag, outside_option
from reconciler.cli.progress import progress
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.stores import secret_stores
from reconciler.config import load
from reconciler.planning.scope import scope_of, within
from reconciler.planning.values import all_declared, desired_values, references
from reconciler.report.secrets_text import secrets_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.state import DesiredState
    from reconciler.domain.value import Secret
    from reconciler.errors import Problem


@click.command()
@common_options
@click.argument("action", type=click.Choice(["check"]))
@click.option(
    "-e", "--env", "environments", cls=Flag, multiple=True, metavar="ENV", help="Only this environment; repeatable."
)
@outside_option
def secrets(
    settings: Settings,
    *,
    action: str,  # noqa: ARG001 — the only one there is; click has checked it
    environments: tuple[str, ...],
    allow_outside: bool,
) -> None:
    """Resolve every reference of services.yaml; Render is not asked, and no value is shown.

    Fails with every reference that did not resolve, and where it stands.
    """
    desired = load(settings.file)
    chosen = within(desired, scope_of(desired, environments, ()))
    with progress() as shown:
        shown.say("asking the secret stores")
        found = asyncio.run(_resolved(settings, desired, chosen, allow_outside=allow_outside))
    settings.show(secrets_text(found))
    desired_values(list(all_declared(chosen)), found)


async def _resolved(
    settings: Settings, desired: DesiredState, chosen: DesiredState, *, allow_outside: bool
) -> Mapping[SecretRef, Secret | Problem]:
    stores = secret_stores(desired, settings.file.parent, allow_outside=allow_outside)
    return await stores.resolve(references(all_declared(chosen)))
