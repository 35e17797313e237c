"""What every format says of two revisions of `services.yaml`: symbols, sentences, and the line that sums it up."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Kind
from reconciler.domain.difference import DifferenceKind
from reconciler.report.inline import LONGEST, inline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.domain.address import Address
    from reconciler.domain.difference import Difference, RevisionDiff

SYMBOLS = {DifferenceKind.ADDED: "+", DifferenceKind.REMOVED: "-", DifferenceKind.MOVED: ">"}
CHANGED = "~"

_COUNTED = {
    DifferenceKind.ADDED: "added",
    DifferenceKind.REMOVED: "removed",
    DifferenceKind.MOVED: "moved",
    DifferenceKind.RETYPED: "retyped",
    DifferenceKind.SOURCE: "with another source",
    DifferenceKind.VALUE: "with another value",
    DifferenceKind.SETTING: "set otherwise",
}


def blocks_of(diff: RevisionDiff) -> Iterator[tuple[str, Sequence[Difference]]]:
    """Return the differences by what they are of: a service or group, an environment, or all of them."""
    grouped = groupby(diff.differences, lambda each: str(each.owner or each.environment or "all environments"))
    return ((title, list(group)) for title, group in grouped)


def symbol(difference: Difference) -> str:
    """Return the sign before a difference."""
    return SYMBOLS.get(difference.kind, CHANGED)


def name_of(difference: Difference) -> str:
    """Return what a row calls the thing that is different."""
    return _key(difference.address) if difference.address is not None else inline(difference.what)


def sentence(difference: Difference) -> str:
    """Say what is different about it, and what follows on Render."""
    note = f"; {inline(difference.note)}" if difference.note else ""
    return f"{_happened(difference)}{note}"


def _happened(difference: Difference) -> str:
    is_variable = difference.address is not None
    before, after = (None if side is None else inline(side) for side in (difference.before, difference.after))
    match difference.kind:
        case DifferenceKind.ADDED:
            what = f"added: {inline(difference.what)}" if is_variable else "added"
            return f"{what}{_equals(difference.after, is_variable=is_variable)}"
        case DifferenceKind.REMOVED:
            what = f"removed: was {inline(difference.what)}" if is_variable else "removed"
            return f"{what}{_equals(difference.before, is_variable=is_variable)}"
        case DifferenceKind.MOVED:
            return f"moved from {before} to {after}"
        case DifferenceKind.VALUE:
            if difference.before is None or difference.after is None:
                return "value changed"
            # Only a value may be cut; two references or patterns that are would look alike.
            return f"value: {inline(difference.before, LONGEST)} -> {inline(difference.after, LONGEST)}"
        case DifferenceKind.RETYPED | DifferenceKind.SOURCE | DifferenceKind.SETTING:
            return f"{f'{inline(difference.what)}: ' if is_variable else ''}{before} -> {after}"
        case _:
            assert_never(difference.kind)


def _equals(text: str | None, *, is_variable: bool) -> str:
    if text is None:
        return ""
    return f" = {inline(text, LONGEST)}" if is_variable else f" ({inline(text)})"


def verdict(diff: RevisionDiff) -> str:
    """Say in one line what is different."""
    where = f"{diff.base} ({diff.commit[:12]})"
    if not diff.differences:
        return f"No change in meaning since {where}."
    new = f"{diff.file} does not exist at {where}, so all of it is new. " if diff.is_new else ""
    counts = ", ".join(f"{diff.count(kind):,} {words}" for kind, words in _COUNTED.items() if diff.count(kind))
    return f"{new}Since {where}: {counts}."


def alarm(diff: RevisionDiff) -> str:
    """Say that protections are weaker; nothing where none is."""
    return f"Protections loosened: {len(diff.loosened):,}." if diff.loosened else ""


def _key(address: Address) -> str:
    return ("files/" if address.kind is Kind.SECRET_FILE else "") + inline(address.key)
