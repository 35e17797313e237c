"""RC001: whether a value is what its type says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.rules.example import one
from reconciler.rules.rule import Alone, Example, Rule
from reconciler.value_types import check

if TYPE_CHECKING:
    from reconciler.rules.scene import Held, Setting


def type_fault(held: Held) -> str | None:
    """Say in a sentence why a value is not of its type, or `None`."""
    if held.reading is None or (held.definition.type.name == "string" and not held.definition.type.options):
        return None
    return check(held.definition.type, held.reading.text)


def _judge(held: Held, _setting: Setting) -> str | None:
    return type_fault(held)


WRONG_TYPE = Rule(
    code="RC001",
    name="wrong-type",
    family="Types",
    severity=Severity.ERROR,
    reason="A program that cannot read a value fails when it starts, or worse, when it first needs it.",
    fix="mend the value where it comes from, or its type in services.yaml",
    source="observed",
    look=Alone(_judge),
    fires=Example("eighty, of type port", lambda: one("PROXY_PORT", "eighty", "port")),
    passes=Example("8080, of type port", lambda: one("PROXY_PORT", "8080", "port")),
)
