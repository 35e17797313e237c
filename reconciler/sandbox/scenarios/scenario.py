"""A scenario: a workspace to start from, and the right secrets for those who want to put it right."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WORKSPACE_ID = "tea-d1example0example0ex"
"""The workspace of every scenario; the worked example names it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario has made up."""

    name: str
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The right values of all secrets by environment and variable; made up at start-up, nowhere else."""
    notes: tuple[str, ...] = ()
    """What a person should know of how it was made."""

    def secrets(self, environment: str) -> dict[str, str]:
        """Return the right values of all secrets of an environment."""
        return dict(self.environments[environment])

    def write_dotenv(self, directory: Path) -> list[Path]:
        """Write `<directory>/<environment>.env` for each environment, readable by their owner only."""
        directory.mkdir(parents=True, exist_ok=True)
        paths = []
        for environment, values in self.environments.items():
            path = directory / f"{environment}.env"
            lines = "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 — a path has no mode to create with
                os.fchmod(descriptor, 0o600)
                file.write(lines)
            paths.append(path)
        return paths


def _quoted(value: str) -> str:
    """Quote so that python-dotenv reads the very same characters: single quotes interpolate and unescape least."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
