"""What one place of the file says of a variable: a mere value, or a definition with its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.config.definition_document import DefinitionDocument
    from reconciler.config.node import MappingNode, Place

_FIELDS = {"from": "from_", "schema": "schema_"}
"""Keys of the language that are no names of Python fields."""

_ONLY_VALUE = frozenset({"value"})


@dataclass(frozen=True, slots=True)
class Said:
    """A variable's entry; `document` is `None` for a mere value."""

    name: str
    entries: MappingNode
    """The mapping that the entry stands in."""
    document: DefinitionDocument | None

    @property
    def keys(self) -> Collection[str]:
        """The keys that are given; a mere value gives `value`."""
        return _ONLY_VALUE if self.document is None else self.node.keys()

    @property
    def node(self) -> MappingNode:
        """The definition's own mapping; empty for a mere value."""
        return self.entries.of(self.name)

    def field(self, key: str) -> Any:  # noqa: ANN401 — what the document's field of that name holds
        """Return what a key was given."""
        return getattr(self.document, _FIELDS.get(key, key), None)

    @property
    def place(self) -> Place:
        """Where the name stands."""
        return self.entries.key_places[self.name]

    def key_place(self, key: str) -> Place:
        """Where a key of the definition stands; of a mere value, the name."""
        return self.node.key_places.get(key, self.place)

    def by_environment(self, key: str) -> MappingNode | None:
        """Return the mapping from environments under a key, or `None` where one thing holds for all."""
        found = self.node.get(key) if self.document is not None else None
        return found if isinstance(found, dict) else None  # type: ignore[return-value]  # dicts here are nodes

    def text(self, key: str) -> str:
        """Return the characters under a key as they were typed."""
        return self.entries.text(self.name) if self.document is None else self.node.text(key)

    def value_place(self, key: str) -> Place:
        """Where what a key was given stands."""
        return self.entries.value_places[self.name] if self.document is None else self.node.value_places[key]
