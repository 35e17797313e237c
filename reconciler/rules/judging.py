"""Judging: what all rules find in a scene, what is allowed there, and which permission is good for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.finding import Finding, Severity
from reconciler.rules.registry import RULES
from reconciler.rules.rule import Across, Alone, Among, Kin, Remark, Whole
from reconciler.rules.unused import unused_allows
from reconciler.rules.wrong_type import WRONG_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.domain.address import Address
    from reconciler.rules.rule import Rule
    from reconciler.rules.scene import Held, Place, Scene, Setting


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule's remark, before anybody looks whether it is allowed."""

    rule: Rule
    remark: Remark

    @property
    def is_allowed(self) -> bool:
        """Whether the file says that the rule does not count there."""
        return self.remark.definition is not None and self.rule.code in self.remark.definition.allow

    @property
    def finding(self) -> Finding:
        """The hit as a check of a plan or an audit."""
        rule, remark = self.rule, self.remark
        location = remark.location or (remark.definition.location if remark.definition else None)
        return Finding(rule.code, rule.name, rule.severity, remark.message, remark.address, location, rule.fix)


def findings_of(scene: Scene) -> list[Finding]:
    """Return what all rules find in a scene, by address, and every `allow` that nothing there needs any more.

    This is the one entry: validate, plan, apply, drift, audit and diagnose differ in the scene they make. A rule that
    would have to know what the scene does not tell is silent.
    """
    hits = [*_value_hits(scene.places)]
    for rule in RULES.values():
        match rule.look:
            case Alone() | Among():
                pass
            case Whole(judge):
                hits += [Hit(rule, remark) for place in scene.places for remark in judge(place)]
            case Across(judge):
                hits += [Hit(rule, remark) for remark in judge(scene)]
            case _:
                assert_never(rule.look)
    fired = {(hit.remark.definition.location, hit.rule.code) for hit in hits if hit.remark.definition is not None}
    return [*_told(hits), *unused_allows(scene, RULES, fired)]


def value_findings(place: Place) -> list[Finding]:
    """Return what rules about single values find in one service or group; all others keep quiet."""
    return _told([*_value_hits((place,))])


def _value_hits(places: Iterable[Place]) -> Iterator[Hit]:
    among = [(rule, rule.look.judge) for rule in RULES.values() if isinstance(rule.look, Among)]
    # Services share definitions and values; what is judged alone is judged once in each environment.
    known: dict[tuple[int, int, str], list[tuple[Rule, str]]] = {}
    for place in places:
        for held in place.held:
            if held.reading is None:
                continue
            same = (id(held.definition), id(held.reading), place.owner.environment)
            if same not in known:
                rules = _alone(held.reading.may_be_url, held.reading.may_be_key)
                judged = ((rule, judge(held, place.setting)) for rule, judge in rules)
                known[same] = [(rule, message) for rule, message in judged if message is not None]
            told = known[same] + [(rule, message) for rule, look in among if (message := look(held, place)) is not None]
            for rule, message in told:
                yield Hit(rule, Remark(place.address(held), message, held.definition))


@cache
def _alone(may_be_url: bool, may_be_key: bool) -> list[tuple[Rule, Callable[[Held, Setting], str | None]]]:  # noqa: FBT001 — two facts of a value
    """Return the rules that look at one value, of those kinds that it may be of."""
    kin = {Kin.ANY} | ({Kin.URL} if may_be_url else set()) | ({Kin.KEY} if may_be_key else set())
    return [(rule, rule.look.judge) for rule in RULES.values() if isinstance(rule.look, Alone) and rule.look.of in kin]


def _told(hits: list[Hit]) -> list[Finding]:
    """Return the findings that are not allowed, without RC001 where an error beside it says why."""
    counted = [hit for hit in hits if not hit.is_allowed]
    explained: set[Address] = {
        hit.remark.address for hit in counted if hit.rule.explains_type and hit.rule.severity is Severity.ERROR
    }
    told = [hit for hit in counted if hit.rule is not WRONG_TYPE or hit.remark.address not in explained]
    return [hit.finding for hit in sorted(told, key=lambda hit: (hit.remark.address.sort_key, hit.rule.code))]
