"""Where services and groups are on Render: a name or id in each environment that they exist in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.config.problems import unknown
from reconciler.config.reference import fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.node import MappingNode, Place
    from reconciler.config.problems import Problems
    from reconciler.domain.state import Environment

_ID = re.compile(r"(?:srv|crn|evg)-[a-z0-9]{16,}(?:-[a-z0-9]+)*\Z")


class Targets:
    """Finds targets, and two entries that have the same one."""

    def __init__(self, environments: Mapping[str, Environment], problems: Problems) -> None:
        self._environments = environments
        self._problems = problems
        self._taken: dict[tuple[str, ...], str] = {}

    def of(self, kind: str, name: str, render: str | Mapping[str, str], node: MappingNode) -> dict[str, str]:
        """Return the target of a service or group in each of its environments."""
        if isinstance(render, str):
            place = node.value_places["render"]
            chosen = dict.fromkeys(self._environments, (render, place))
        else:
            places = node.of("render")
            chosen = {}
            for environment, text in render.items():
                if environment in self._environments:
                    chosen[environment] = (text, places.value_places[environment])
                else:
                    message = unknown("environment", environment, self._environments)
                    self._problems.add(places.key_places[environment], message)
        own = {"service": name} if kind == "service" else {}
        found = {}
        for environment, (text, place) in chosen.items():
            try:
                target = fill(text, {"environment": environment, **own})
            except ValueError as error:
                self._problems.add(place, f"`render` {error}")
                continue
            if target != target.strip() or not target.isprintable():
                self._problems.add(place, "`render` must be a name or id on Render, without spaces around it")
            found[environment] = target
            self._take(kind, name, environment, target, place)
        return found

    def _take(self, kind: str, name: str, environment: str, target: str, place: Place) -> None:
        """Remember who has a target; ids are unique on all of Render, names within a workspace."""
        own = self._environments[environment]
        # Without a workspace it is the one that the API key sees.
        where = ("id",) if _ID.match(target) else ("name", own.workspace or "", "" if own.workspace else own.api_key)
        entry = f"{kind} `{name}` in `{environment}`"
        other = self._taken.setdefault((kind, *where, target), entry)
        if other != entry:
            message = (
                f"{entry} is the same on Render as {other}; two entries would overwrite each other, so name another"
            )
            self._problems.add(place, message)
