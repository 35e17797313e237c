"""A value type: its name, its options, and the check that says what is wrong with a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.domain.definition import TypeOptions

if TYPE_CHECKING:
    from reconciler.value_types.option import Option

Check = Callable[[TypeOptions, str], str | None]
"""Given options that make sense, says in one sentence what is wrong with a text, without quoting it, or `None`."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """One type of the language.

    `right` ends the sentence about a text that is empty or holds white space, which no type with a `right` takes;
    types without it look at such texts themselves.
    """

    name: str
    check: Check
    right: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    credential: bool = False
    conflict: Callable[[TypeOptions], str | None] | None = None
    """Says what is wrong between options that are each right."""

    def fault(self, options: TypeOptions, text: str) -> str | None:
        """Say in one sentence what is wrong with a text, or `None`."""
        if self.right:
            if not text.strip():
                return f"the value is empty: {self.right}"
            if text.split() != [text]:
                return f"the value holds white space, perhaps a line break pasted with it: {self.right}"
        return self.check(options, text)
