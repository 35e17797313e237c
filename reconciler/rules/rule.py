"""A rule: a mistake worth refusing, with its stable code, why it matters, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.domain.definition import Definition, TypeSpec
    from reconciler.domain.finding import Severity


@dataclass(frozen=True, slots=True)
class Holding:
    """What a rule looks at: one value, its definition, and the other values of the same service."""

    definition: Definition
    text: str
    others: Mapping[str, str]
    """The service's values by key, this one included; a key without a value yet is missing."""


Judge = Callable[[Holding], str | None]
"""Says in one sentence what is wrong with a holding, without any value, or `None`."""


@dataclass(frozen=True, slots=True)
class Example:
    """One value with its definition, to show when a rule fires; nothing in it is anybody's secret."""

    text: str
    type: TypeSpec
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its code and name are public interface, and never used again for something else."""

    code: str
    name: str
    severity: Severity
    reason: str
    fix: str
    source: str
    judge: Judge
    fires: Example
    """A value that the rule is about."""
    passes: Example
    """Its right counterpart."""
