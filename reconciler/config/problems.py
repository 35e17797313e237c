"""The problems of one file, gathered so that all of them are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import ConfigError, Location, Problem

if TYPE_CHECKING:
    from reconciler.config.node import Place


class Problems:
    """What is wrong with one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[tuple[Place | None, str], None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, place: Place | None, message: str) -> None:
        """Remember a problem; the same words at the same place are one problem."""
        self._found[place, message] = None

    def location(self, place: Place) -> Location:
        """Return a place as one of this file."""
        return Location(self.file, *place)

    def error(self) -> ConfigError:
        """Return everything found, by place."""
        ordered = sorted(self._found, key=lambda found: (found[0] or (0, 0), found[1]))
        return ConfigError(
            Problem(message if place else f"{self.file}: {message}", self.location(place) if place else None)
            for place, message in ordered
        )


def fatal(file: str, place: Place | None, message: str) -> ConfigError:
    """Return the error for a file of which nothing more can be said."""
    problems = Problems(file)
    problems.add(place, message)
    return problems.error()
