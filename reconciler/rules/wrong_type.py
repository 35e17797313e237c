"""RC001: whether a value is what its type says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.definition import TypeSpec
from reconciler.domain.finding import Severity
from reconciler.rules.rule import Example, Rule
from reconciler.value_types import check

if TYPE_CHECKING:
    from reconciler.rules.rule import Holding


def _judge(holding: Holding) -> str | None:
    return check(holding.definition.type, holding.text)


WRONG_TYPE = Rule(
    code="RC001",
    name="wrong-type",
    severity=Severity.ERROR,
    reason="A program that cannot read a value fails when it starts, or worse, when it first needs it.",
    fix="mend the value where it comes from, or its type in services.yaml",
    source="The types of services.yaml.",
    judge=_judge,
    fires=Example("eighty", TypeSpec("port")),
    passes=Example("8080", TypeSpec("port")),
)
