"""Types and their options, and the literals that must be of them: what can be told without asking anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.config.merged import option_places
from reconciler.config.problems import unknown
from reconciler.domain.finding import Severity
from reconciler.rules import scene_of_file, value_findings
from reconciler.value_types import check_options

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reconciler.config.node import Place
    from reconciler.config.problems import Problems
    from reconciler.config.said import Said
    from reconciler.domain.definition import TypeSpec
    from reconciler.domain.state import DesiredState


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


def check_literals(
    desired: DesiredState, wrong: Collection[int], places: Mapping[int, Place], problems: Problems
) -> None:
    """Add what types and rules call an error in literals; warnings are for who asks for them.

    `wrong` are the identities of types that cannot be checked, `places` where each literal stands by its identity.
    """
    seen: set[tuple[object, ...]] = set()
    for found in scene_of_file(desired).places:
        literal = {
            (one.kind, one.key): one.definition
            for one in found.held
            if one.reading is not None and id(one.definition.type) not in wrong
        }
        # Services that share all of their literals would only repeat each other's findings.
        identity = (found.owner.environment, *map(id, literal.values()))
        if not literal or identity in seen:
            continue
        seen.add(identity)
        for finding in value_findings(found):
            address = finding.address
            if (
                finding.severity is Severity.ERROR
                and address
                and (definition := literal.get((address.kind, address.key)))
            ):
                fix = f"; {finding.fix}" if finding.fix else ""
                problems.add(places[id(definition.source)], f"`{address.key}`: {finding.message}{fix}")
