"""Taking: values that one service takes from another, by the names and within the bounds of `services.yaml`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.domain.definition import External, FromService, FromVariable
from reconciler.domain.draft import FoundVariable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.drafting.places import Placed

Address = tuple[str, str, str]
"""Environment, a service's name on Render, and the variable."""


class Taking:
    """Knows every service, so that a value is taken only from one of the same environment that has it."""

    def __init__(self, services: Sequence[Placed]) -> None:
        self._placed = {(service.environment, service.found.name): service for service in services}

    def settled(
        self, service: str | None, environment: str, variables: Mapping[str, FoundVariable]
    ) -> dict[str, FoundVariable]:
        """Return variables with services named as the file names them; what cannot be taken is external."""
        return {key: self._one(service, environment, key, found) for key, found in variables.items()}

    def _one(self, service: str | None, environment: str, key: str, found: FoundVariable) -> FoundVariable:
        match found.source:
            case FromService(other, prop):
                placed = self._placed.get((environment, other))
                if placed is None:
                    return _external(found, f"the {prop} of {other}, which is not in this environment of the file")
                return replace(found, source=FromService(placed.name, prop))
            case FromVariable(other, variable):
                placed = self._placed.get((environment, other))
                if placed is None or variable not in placed.found.variables:
                    where = "this environment of the file" if placed is None else "its own variables"
                    return _external(found, f"{variable} of {other}, which is not in {where}")
                if self._circles(environment, other, variable) or (placed.name, variable) == (service, key):
                    return _external(found, f"{variable} of {other}, which takes it back")
                return replace(found, source=FromVariable(placed.name, variable))
            case _:
                return found

    def _circles(self, environment: str, service: str, variable: str) -> bool:
        """Tell whether a value that is taken would in the end be made of itself."""
        seen: set[tuple[str, str]] = set()
        while (service, variable) not in seen:
            seen.add((service, variable))
            placed = self._placed.get((environment, service))
            found = placed.found.variables.get(variable) if placed is not None else None
            if found is None or not isinstance(found.source, FromVariable):
                return False
            service, variable = found.source.service, found.source.variable
        return True


def _external(found: FoundVariable, what: str) -> FoundVariable:
    return FoundVariable(External(), found.value, (*found.notes, f"takes {what}; kept as it is on Render"))
