"""RC030: an `allow` that nothing needs any more, said only where its rule could look at all that it is said of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.finding import Finding, Severity
from reconciler.rules.rule import Alone, Among, Need

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.domain.address import Address
    from reconciler.errors import Location
    from reconciler.rules.rule import Rule
    from reconciler.rules.scene import Held, Place, Scene

ALLOW_UNUSED = "RC030"


def unused_allows(scene: Scene, rules: Mapping[str, Rule], fired: Collection[tuple[Location, str]]) -> list[Finding]:
    """Return a warning for each `allow` whose rule looked everywhere that it is said of, and found nothing.

    One definition is used by many services and environments: its `allow` is needed where any of them needs it. A scene
    of a part of the file cannot tell.
    """
    if not scene.is_whole:
        return []
    seen: dict[tuple[Location, str], Address] = {}
    unsure: set[tuple[Location, str]] = set()
    for place in scene.places:
        for held in place.held:
            for code in held.definition.allow:
                said = (held.definition.location, code)
                seen.setdefault(said, place.address(held))
                if code not in rules or not _could_look(rules[code], held, place):
                    unsure.add(said)
    return [
        Finding(
            ALLOW_UNUSED,
            "allow-unused",
            Severity.WARNING,
            f"allows {said[1]} ({rules[said[1]].name}), which finds nothing here",
            address,
            said[0],
            "take it out of `allow`, so that the rule speaks up when it has to",
        )
        for said, address in seen.items()
        if said not in fired and said not in unsure
    ]


def _could_look(rule: Rule, held: Held, place: Place) -> bool:
    """Whether a rule knew all that it needs to judge something."""
    if not isinstance(rule.look, Alone | Among):
        return place.rendered is not None and all(one.reading is not None for one in place.held)
    if held.reading is None or (isinstance(rule.look, Among) and any(one.reading is None for one in place.held)):
        return False
    return not (
        (Need.MOMENT in rule.needs and place.setting.moment is None)
        or (Need.RENDER in rule.needs and place.rendered is None)
        or (Need.DATASTORES in rule.needs and not place.datastores)
    )
