"""Types and their options, and the literals that must be of them: what can be told without asking anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.config.merged import STRING, option_places
from reconciler.config.problems import unknown
from reconciler.domain.address import Kind
from reconciler.domain.definition import Literal
from reconciler.domain.finding import Severity
from reconciler.rules import check_values
from reconciler.value_types import check_options

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reconciler.config.node import Place
    from reconciler.config.problems import Problems
    from reconciler.config.said import Said
    from reconciler.domain.address import Owner
    from reconciler.domain.definition import Definition, TypeSpec
    from reconciler.domain.state import DesiredGroup, DesiredService


def check_types(
    types: Iterable[tuple[TypeSpec, tuple[Said, ...]]], names: Collection[str], problems: Problems
) -> set[int]:
    """Add what is wrong with types and their options; return the identities of the wrong ones.

    `names` are those of all variables, of which options may name one.
    """
    wrong = set()
    for spec, layers in types:
        places = _places(spec, layers)
        for message in check_options(spec):
            wrong.add(id(spec))
            named = (place for option, place in places.items() if f"`{option}`" in message)
            problems.add(next(named, places.get("type", layers[-1].place)), message)
        other = spec.options.get("same_project_as")
        if isinstance(other, str) and other not in names:
            problems.add(places["same_project_as"], unknown("variable", other, names))
    return wrong


def _places(spec: TypeSpec, layers: tuple[Said, ...]) -> dict[str, Place]:
    """Return where a type and its options were written, the stronger definition's where both say it."""
    places: dict[str, Place] = {}
    for said in layers:
        if said.document is not None:
            places |= {"type": said.value_place("type")} if "type" in said.keys else {}
            places |= option_places(said, spec)
    return places


class Literals:
    """Checks the literals of services and groups, the same ones once."""

    def __init__(self, wrong: set[int], places: Mapping[int, Place], problems: Problems) -> None:
        self._wrong = wrong
        self._places = places
        self._problems = problems
        self._seen: set[tuple[str, ...] | tuple[object, ...]] = set()

    def check(self, service: DesiredService | DesiredGroup) -> None:
        """Add what types and rules say of one service's or group's literals."""
        self._check(service.owner, Kind.ENV_VAR, service.variables)
        files = getattr(service, "secret_files", None)
        if files:
            self._check(service.owner, Kind.SECRET_FILE, files)

    def _check(self, owner: Owner, kind: Kind, definitions: Mapping[str, Definition]) -> None:
        typed = {
            key: definition
            for key, definition in definitions.items()
            if definition.type is not STRING and id(definition.type) not in self._wrong
        }
        values = {
            key: definition.source.text for key, definition in typed.items() if isinstance(definition.source, Literal)
        }
        if not values:
            return
        # Services that share all of their typed definitions would only repeat each other's findings.
        identity = (owner.environment, kind, owner.group is None, *sorted(map(id, typed.values())))
        if identity in self._seen:
            return
        self._seen.add(identity)
        for finding in check_values(owner, kind, typed, values):
            if finding.severity is Severity.ERROR:
                fix = f"; {finding.fix}" if finding.fix else ""
                key = "" if finding.address is None else finding.address.key
                place = self._places[id(typed[key].source)]
                self._problems.add(place, f"`{key}`: {finding.message}{fix}")
