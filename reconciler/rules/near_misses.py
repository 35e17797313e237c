"""RC180 and RC181: a variable that is missing while its misspelt sister is set, and two that look like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.definition import Absent, From, Literal, SecretRef
from reconciler.domain.finding import Severity
from reconciler.rules.example import held as example
from reconciler.rules.example import place, several
from reconciler.rules.likeness import alike, alike_pairs
from reconciler.rules.rule import Example, Need, Remark, Rule, Whole
from reconciler.rules.scene import Rendered, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.rules.scene import Held, Place

FAMILY = "Near misses"


def _missing(place: Place) -> Iterator[Remark]:
    if place.rendered is None:
        return
    undeclared = sorted(place.rendered.keys - place.variables.keys())
    for key, held in place.variables.items():
        if key in place.rendered.keys or isinstance(held.definition.source, Absent):
            continue
        near = next((other for other in undeclared if alike(key, other)), None)
        if near is not None:
            message = f"is not set, and {near} is, which nobody declares: one of the two may be misspelt"
            yield Remark(place.address(held), message, held.definition)


def _two(place: Place) -> Iterator[Remark]:
    keys = frozenset(key for key, held in place.variables.items() if not isinstance(held.definition.source, Absent))
    for one, other in alike_pairs(keys):
        if one.lower() == other.lower() and one.lower().endswith("_proxy"):
            continue  # programs disagree on the case of these, so both are set
        mine, its = place.variables[one], place.variables[other]
        if not _is_alias(mine, its):
            message = f"looks like {one}, which is declared too: one of the two may be misspelt"
            yield Remark(place.address(its), message, its.definition)


def _is_alias(one: Held, other: Held) -> bool:
    """Whether two variables have one value on purpose: the same reference, or the same literal."""
    mine, its = one.definition.source, other.definition.source
    if isinstance(mine, Literal) and isinstance(its, Literal):
        return mine.text == its.text
    return isinstance(mine, SecretRef | From) and mine == its


def _set(*keys: str) -> Scene:
    return Scene((place(example("OPENAI_API_KEY", None), rendered=Rendered(frozenset(keys))),))


MISSING = Rule(
    code="RC180",
    name="missing-look-alike",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="A variable that was set under a misspelt name is missing to the program, which is why it does not start.",
    fix="compare the two names: rename what is wrong, in the file, on Render or in the code",
    source="observed",
    look=Whole(_missing),
    fires=Example("OPENAI_API_KEY is missing and OPENAI_APIKEY is set", lambda: _set("OPENAI_APIKEY")),
    passes=Example("OPENAI_API_KEY is missing and OPENAI_MODEL is set", lambda: _set("OPENAI_MODEL")),
    needs=Need.RENDER,
)
TWO = Rule(
    code="RC181",
    name="declared-look-alikes",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Two names that differ by a letter are mostly one variable, and the program reads only one of them.",
    fix="take out the one that the code does not read, or allow it where both are meant",
    source="observed",
    look=Whole(_two),
    fires=Example(
        "DATABASE_URL and DATABSE_URL in one service",
        lambda: several(example("DATABASE_URL", None), example("DATABSE_URL", "https://db.example.com")),
    ),
    passes=Example(
        "RETRY_MIN and RETRY_MAX in one service",
        lambda: several(example("RETRY_MIN", "1"), example("RETRY_MAX", "5")),
    ),
)
