"""What source code reads of its environment: one place that does so, and what a scan of all files found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One place that reads a variable."""

    path: Path
    line: int
    """From 1."""
    column: int
    """From 1."""
    name: str | None
    """The variable's name; `None` where the code computes it, so that nobody can tell without running it."""
    any_case: bool = False
    """Whether the name stands for every spelling, as pydantic's settings have it by default."""
    has_default: bool = False
    """Whether the code goes on without the variable."""


@dataclass(frozen=True, slots=True, order=True)
class Unparsed:
    """A file that was not understood, so that what it reads is unknown."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What was read, and what it uses."""

    files: int
    uses: tuple[Use, ...]
    unparsed: tuple[Unparsed, ...]
