"""Seeding: read the workspaces that a sandbox is to look like."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.cli.clock import SystemClock
from reconciler.cli.keys import api_keys
from reconciler.cli.progress import progress
from reconciler.cli.render import connections
from reconciler.cli.settings import Settings
from reconciler.config import load
from reconciler.domain.state import DesiredState, Environment, EnvironmentKind
from reconciler.errors import Location
from reconciler.render_api import RenderReader, SeenValues
from reconciler.sandbox import from_render
from reconciler.workflows.survey import survey, survey_only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.sandbox import Beginning
    from reconciler.workflows.survey import SurveyedWorkspace

_ALONE = Environment("render", EnvironmentKind.DEVELOPMENT, Location("services.yaml", 1, 1))
"""Stands for whatever the API key sees, where no file says more."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """What a sandbox begins as, and which variables hold API keys for it."""

    beginning: Beginning
    key_variables: Sequence[str]


def seeds(settings: Settings) -> Seeds:
    """Read the workspaces that services.yaml names, or the only one that the key sees where there is no such file.

    Everything is read by what cannot write. Nothing of what is read is kept but in the beginning that is returned.
    """
    desired = load(settings.file) if settings.file.exists() or settings.file != Settings().file else None
    environments = desired.environments if desired else {_ALONE.name: _ALONE}
    surveyed = asyncio.run(_surveyed(settings, desired, environments))
    return Seeds(from_render(surveyed, desired), sorted({each.api_key for each in environments.values()}))


async def _surveyed(
    settings: Settings, desired: DesiredState | None, environments: Mapping[str, Environment]
) -> Sequence[SurveyedWorkspace]:
    keys = api_keys(environments.values())
    with progress() as shown:
        async with connections(environments, keys, settings, SystemClock(), shown, SeenValues()) as opened:
            readers = {name: RenderReader(connection) for name, connection in opened.items()}
            if desired is None:
                return await survey_only(readers[_ALONE.name], _ALONE.api_key, shown)
            return await survey(desired, readers, shown)
