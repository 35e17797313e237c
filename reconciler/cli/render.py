"""Connections to Render: one for each distinct API key, however many environments share it."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from reconciler.render_api import RenderConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from reconciler.cli.settings import Settings
    from reconciler.domain.state import Environment
    from reconciler.domain.value import Secret
    from reconciler.ports import Clock, Progress
    from reconciler.render_api import SeenValues

API_URL = "RENDER_API_URL"
DEFAULT_API_URL = "https://api.render.com/v1"


@asynccontextmanager
async def connections(
    environments: Mapping[str, Environment],
    keys: Mapping[str, Secret],
    settings: Settings,
    clock: Clock,
    progress: Progress,
    seen: SeenValues,
) -> AsyncIterator[dict[str, RenderConnection]]:
    """Open each environment's connection for as long as the block runs; no error of theirs quotes what was `seen`."""
    base_url = os.environ.get(API_URL) or DEFAULT_API_URL
    opened: dict[str, RenderConnection] = {}
    async with AsyncExitStack() as stack:
        found: dict[str, RenderConnection] = {}
        for name, environment in environments.items():
            text = keys[name].reveal()
            if text not in opened:
                opened[text] = await stack.enter_async_context(
                    RenderConnection(
                        base_url,
                        keys[name],
                        key_variable=environment.api_key,
                        parallelism=settings.parallelism,
                        clock=clock,
                        progress=progress,
                        seen=seen,
                    )
                )
            found[name] = opened[text]
        yield found
