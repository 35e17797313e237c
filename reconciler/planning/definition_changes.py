"""How the definitions of one service or group differ between two revisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind
from reconciler.domain.definition import Absent, Literal
from reconciler.domain.difference import Difference, DifferenceKind
from reconciler.domain.state import DesiredService
from reconciler.planning.loosening import definition_loosened
from reconciler.planning.wording import literal_words, setting_words, source_words, type_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.domain.address import Owner
    from reconciler.domain.definition import Definition, Json
    from reconciler.domain.state import Entry

KINDS = {"variables": Kind.ENV_VAR, "secret_files": Kind.SECRET_FILE}


@dataclass(frozen=True, slots=True)
class DefinitionChanges:
    """The definitions of one owner at both revisions; `None` where a revision does not have the owner."""

    owner: Owner
    before: Entry | None
    after: Entry | None

    def all_of_them(self) -> Iterator[Difference]:
        """Return every definition of an owner that one revision does not have."""
        for part in KINDS:
            for key in {**_definitions(self.before, part), **_definitions(self.after, part)}:
                yield self._appearance(part, key)

    def of(self, path: Sequence[str], before: Json, after: Json) -> Iterator[Difference]:
        """Return the differences of one definition at one path of an owner's document: part, key, attribute."""
        part, key, *attribute = path
        if not attribute:
            yield self._appearance(part, key)
        elif isinstance(before, dict) and isinstance(after, dict):
            address = Address(self.owner, KINDS[part], key)
            old, new = _definitions(self.before, part)[key], _definitions(self.after, part)[key]
            yield changed(address, attribute[0], (old, new), (before, after))

    def _appearance(self, part: str, key: str) -> Difference:
        address = Address(self.owner, KINDS[part], key)
        if (new := _definitions(self.after, part).get(key)) is not None:
            return Difference(
                DifferenceKind.ADDED,
                _words(new),
                self.owner.environment,
                self.owner,
                address,
                after=literal_words(new),
                note=_deletion(new),
                location=new.location,
            )
        old = _definitions(self.before, part)[key]
        return Difference(
            DifferenceKind.REMOVED,
            _words(old),
            self.owner.environment,
            self.owner,
            address,
            before=literal_words(old),
            note=self._fate(old),
            loosened="it need not be absent any more" if isinstance(old.source, Absent) else None,
        )

    def _fate(self, old: Definition) -> str | None:
        """Say what becomes of something on Render that the file does not name any more."""
        if isinstance(old.source, Absent):
            return None
        if isinstance(self.after, DesiredService) and self.after.prune:
            return "deleted on Render: the service is pruned"
        return "left alone on Render"


def changed(
    address: Address,
    attribute: str,
    sides: tuple[Definition, Definition],
    documents: tuple[Mapping[str, Json], Mapping[str, Json]],
) -> Difference:
    """Return how one attribute of a definition differs, given both and their canonical documents."""
    old, new = sides
    before: str | None
    after: str | None
    match attribute:
        case "type" | "options":
            kind, what, before, after = DifferenceKind.RETYPED, "type", type_words(old.type), type_words(new.type)
        case "source" if isinstance(old.source, Literal) and isinstance(new.source, Literal):
            kind, what = DifferenceKind.VALUE, "value"
            before, after = literal_words(old, new), literal_words(new, old)
        case "source":
            kind, what = DifferenceKind.SOURCE, "source"
            before, after = source_words(old.source), source_words(new.source)
        case _:
            kind = DifferenceKind.SETTING
            what, before, after = setting_words(attribute, documents[0][attribute], documents[1][attribute])
    loosened = definition_loosened("type" if kind is DifferenceKind.RETYPED else attribute, *documents)
    note = _deletion(new) if attribute == "source" else None
    owner = address.owner
    return Difference(kind, what, owner.environment, owner, address, before, after, note, loosened, new.location)


def _words(definition: Definition) -> str:
    return f"{type_words(definition.type)}, {source_words(definition.source)}"


def _deletion(new: Definition) -> str | None:
    """Say it where a definition makes something go."""
    return "deleted on Render" if isinstance(new.source, Absent) else None


def _definitions(entry: Entry | None, part: str) -> Mapping[str, Definition]:
    if entry is None:
        return {}
    if part == "variables":
        return entry.variables
    return entry.secret_files if isinstance(entry, DesiredService) else {}
