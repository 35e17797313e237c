"""What two revisions of `services.yaml` mean differently: merged definitions are compared, not texts.

The documents that digests are made of are what is compared, so that what is the same to a digest is the same here:
comments, order and descriptions. Places in them that differ are found by deepdiff, and then put into words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from deepdiff import DeepDiff

from reconciler.domain.difference import Difference, DifferenceKind
from reconciler.domain.state import DesiredGroup, DesiredService
from reconciler.planning.canonical import canonical_json, desired_document
from reconciler.planning.definition_changes import KINDS, DefinitionChanges
from reconciler.planning.loosening import approvers_loosened, environment_loosened, service_loosened
from reconciler.planning.moves import renamed, with_moves
from reconciler.planning.wording import setting_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.domain.address import Owner
    from reconciler.domain.definition import Json
    from reconciler.domain.state import DesiredState, Entry
    from reconciler.planning.fingerprint import FingerprintKey

DEFINITION = 4
"""Steps to a variable or secret file."""

AnEntry = TypeVar("AnEntry", DesiredService, DesiredGroup)
Signers = Mapping[str, AbstractSet[str]]
"""The keys that may sign approvals, as text, each with the options that hold it."""


def differences_between(
    base: DesiredState, here: DesiredState, key: FingerprintKey, signers: tuple[Signers, Signers]
) -> tuple[Difference, ...]:
    """Return what a newer revision means differently than an older one.

    `key` is only used to compare sensitive literals, none of which are in the result. `signers` are those at
    both revisions.
    """
    names = renamed(base, here)
    former = _entries(base)
    base = replace(base, services=_under(names, base.services), groups=_under(names, base.groups))
    comparison = _Comparison(base, here, _entries(base), _entries(here))
    found = [
        *_signers(*signers),
        *(_renaming(old, new, comparison.new[new]) for old, new in names.items()),
        *comparison.differences(desired_document(base, key), desired_document(here, key)),
        *comparison.unguarded(former),
        *comparison.unlocked(former),
    ]
    ordered = sorted(with_moves(found, base, here), key=_order)
    # Where nothing was declared, nothing protected anything.
    return tuple(ordered if base.environments else [replace(each, loosened=None) for each in ordered])


@dataclass(frozen=True, slots=True)
class _Comparison:
    base: DesiredState
    here: DesiredState
    old: Mapping[Owner, Entry]
    new: Mapping[Owner, Entry]

    def differences(self, before: Json, after: Json) -> Iterator[Difference]:
        """Put into words where two documents differ."""
        owners = {str(owner): owner for owner in (*self.old, *self.new)}
        for path in _places(before, after):
            one, other = _at(before, path), _at(after, path)
            match path:
                case "approvers", attribute:
                    loosened = approvers_loosened(attribute, one, other)
                    yield _setting(f"approvers.{attribute}", one, other, loosened)
                case "environments", name, *attributes:
                    yield self._environment(name, attributes, one, other)
                case _, name, *rest:
                    definitions = (_at(before, path[:DEFINITION]), _at(after, path[:DEFINITION]))
                    yield from self._entry(owners[name], rest, (one, other), definitions)
                case _:
                    raise AssertionError(path)

    def _environment(self, name: str, attributes: list[str], before: Json, after: Json) -> Difference:
        known = self.here.environments.get(name)
        location = None if known is None else known.location
        if attributes:
            loosened = environment_loosened(attributes[0], before, after)
            return replace(_setting(attributes[0], before, after, loosened), environment=name, location=location)
        if known is not None:
            words = "protected" if known.protected else "not protected"
            return Difference(DifferenceKind.ADDED, "environment", name, after=words, location=location)
        loosened = "it was protected, and is not declared any more" if self.base.environments[name].protected else None
        return Difference(DifferenceKind.REMOVED, "environment", name, loosened=loosened)

    def _entry(
        self, owner: Owner, path: list[str], sides: tuple[Json, Json], definitions: tuple[Json, Json]
    ) -> Iterator[Difference]:
        before, after = self.old.get(owner), self.new.get(owner)
        changes = DefinitionChanges(owner, before, after)
        if before is None or after is None:
            yield _whole(owner, before, after)
            yield from changes.all_of_them()
        elif path[0] in KINDS:
            yield from changes.of(path, *definitions)
        else:
            setting = _setting(path[0], *sides, service_loosened(path[0], *sides))
            yield replace(setting, environment=owner.environment, owner=owner, location=after.location)

    def unguarded(self, former: Mapping[Owner, Entry]) -> Iterator[Difference]:
        """Find what a protected environment had, and an unprotected one now declares as its own."""
        guards = {
            owner: entry for owner, entry in former.items() if self.base.environments[owner.environment].protected
        }
        for owner, entry, guard in self._taken_over(guards):
            if not self.here.environments[owner.environment].protected and owner.environment != guard.environment:
                yield Difference(
                    DifferenceKind.MOVED,
                    "environment",
                    owner.environment,
                    owner,
                    before=guard.environment,
                    after=owner.environment,
                    loosened=f"{guard.environment} is protected, and {owner.environment} is not",
                    location=entry.location,
                )

    def unlocked(self, former: Mapping[Owner, Entry]) -> Iterator[Difference]:
        """Find what was read-only, and another entry may now write to."""
        locked = {
            owner: entry for owner, entry in former.items() if isinstance(entry, DesiredService) and entry.read_only
        }
        for owner, entry, lock in self._taken_over(locked):
            is_locked_still = self._place(lock, self.new, self.here) == self._place(lock, locked, self.base)
            if isinstance(entry, DesiredService) and not entry.read_only and not is_locked_still:
                yield Difference(
                    DifferenceKind.SETTING,
                    "read_only",
                    owner.environment,
                    owner,
                    before=f"true, as {lock}",
                    after="false",
                    loosened="it can be written to now",
                    location=entry.location,
                )

    def _taken_over(self, former: Mapping[Owner, Entry]) -> Iterator[tuple[Owner, Entry, Owner]]:
        """Return each entry that newly stands for what a former one does, as far as the file tells, and that one."""
        owners = defaultdict(list)
        for owner, entry in former.items():
            owners[isinstance(entry, DesiredService), entry.target].append(owner)
        for owner, entry in self.new.items():
            if self._place(owner, self.old, self.base) != self._place(owner, self.new, self.here):
                for other in owners[isinstance(entry, DesiredService), entry.target]:
                    if self._may_share_workspace(owner.environment, other.environment):
                        yield owner, entry, other

    def _place(
        self, owner: Owner, entries: Mapping[Owner, Entry], state: DesiredState
    ) -> tuple[str | None, str, str] | None:
        """Return where an entry is and what it is called there; nothing where it does not exist."""
        if owner not in entries:
            return None
        environment = state.environments[owner.environment]
        return environment.workspace, environment.api_key, entries[owner].target

    def _may_share_workspace(self, name: str, former: str) -> bool:
        here, there = self.here.environments[name].workspace, self.base.environments[former].workspace
        return None in (here, there) or here == there


def _places(before: Json, after: Json) -> list[tuple[str, ...]]:
    """Return the paths at which documents differ, none deeper than what is told in one line."""
    # Without the threshold, documents with little in common are one change of everything; and variables may well be
    # named with two underscores, which deepdiff takes for private and passes over.
    tree = DeepDiff(
        _differing(before, after),
        _differing(after, before),
        view="tree",
        threshold_to_diff_deeper=0,
        ignore_private_variables=False,
    )
    paths = {tuple(str(step) for step in level.path(output_format="list")) for report in tree for level in tree[report]}
    return sorted(paths)


def _differing(document: Json, other: Json) -> Json:
    """Leave out what is the same on both sides, and put the rest into texts where nobody is told of its parts.

    Deepdiff would look long into what is the same, and compare the lines of long literals one by one.
    """
    return {
        part: {name: _flat(part, item) for name, item in _members(items).items()}
        for part, items in _members(_unequal(document, other)).items()
    }


def _unequal(item: Json, other: Json) -> Json:
    if not isinstance(item, dict) or not isinstance(other, dict):
        return item
    return {name: _unequal(each, other.get(name)) for name, each in item.items() if other.get(name) != each}


def _flat(part: str, item: Json) -> Json:
    match part:
        case "approvers":
            return _text(item)
        case "environments":
            return {attribute: _text(value) for attribute, value in _members(item).items()}
        case _:
            return {
                attribute: _definitions(value) if attribute in KINDS else _text(value)
                for attribute, value in _members(item).items()
            }


def _definitions(item: Json) -> Json:
    return {
        key: {trait: _text(value) for trait, value in _members(definition).items()}
        for key, definition in _members(item).items()
    }


def _text(item: Json) -> str:
    return canonical_json(item).decode()


def _at(document: Json, path: tuple[str, ...]) -> Json:
    for step in path:
        document = _members(document).get(step)
    return document


def _members(item: Json) -> Mapping[str, Json]:
    return item if isinstance(item, dict) else {}


def _entries(state: DesiredState) -> Mapping[Owner, Entry]:
    return {**state.services, **state.groups}


def _under(names: Mapping[Owner, Owner], entries: Mapping[Owner, AnEntry]) -> dict[Owner, AnEntry]:
    """Return entries under the names that they have at the newer revision."""
    renewed = {}
    for owner, entry in entries.items():
        name = names.get(owner, owner)
        renewed[name] = entry if name == owner else replace(entry, owner=name)
    return renewed


def _setting(attribute: str, before: Json, after: Json, loosened: str | None) -> Difference:
    name, one, other = setting_words(attribute, before, after)
    return Difference(DifferenceKind.SETTING, name, before=one, after=other, loosened=loosened)


def _whole(owner: Owner, before: Entry | None, after: Entry | None) -> Difference:
    noun = "service" if owner.service is not None else "env group"
    if after is not None:
        return Difference(
            DifferenceKind.ADDED, noun, owner.environment, owner, after=after.target, location=after.location
        )
    target = before.target if before is not None else None
    return Difference(
        DifferenceKind.REMOVED, noun, owner.environment, owner, before=target, note="left alone on Render"
    )


def _renaming(old: Owner, new: Owner, entry: Entry) -> Difference:
    return Difference(
        DifferenceKind.MOVED, "name", new.environment, new, before=str(old), after=str(new), location=entry.location
    )


def _signers(before: Signers, after: Signers) -> Iterator[Difference]:
    for signer in sorted(after.keys() - before.keys()):
        yield Difference(DifferenceKind.ADDED, "approver", after=signer, loosened="one more key may approve")
    for signer in sorted(before.keys() - after.keys()):
        yield Difference(DifferenceKind.REMOVED, "approver", before=signer)
    for signer in sorted(before.keys() & after.keys()):
        if before[signer] != after[signer]:
            loosened = "its key is not held to that any more" if before[signer] - after[signer] else None
            words = [
                f"{signer} {' '.join(sorted(options)) or 'without options'}"
                for options in (before[signer], after[signer])
            ]
            yield Difference(DifferenceKind.SETTING, "approver", before=words[0], after=words[1], loosened=loosened)


def _order(difference: Difference) -> tuple[str, str, tuple[str, ...], str, str]:
    owner = difference.owner
    rank = "" if owner is None else f"{'0' if owner.service else '1'}{owner.name}"
    address = difference.address.sort_key if difference.address is not None else ()
    words = f"{difference.before}{difference.after}"
    return (difference.environment or "", rank, address, f"{difference.kind} {difference.what}", words)
