"""A page of Markdown that has to fit: what must be seen is in it, services are cut off one by one, and it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import TooLongError
from reconciler.report.inline import count
from reconciler.report.markdown import code, name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SUMMARY_LIMIT = 1_000_000
"""Bytes of a page, unless another limit is given: the summary of a step of GitHub's Actions holds 1 MiB."""
_NAMES = 1_200
"""Bytes for the names of services that were cut."""
_NOTICE = 400
"""Bytes for the rest of the sentence that says so."""


@dataclass(frozen=True, slots=True)
class Section:
    """What a page says of one owner, which may be cut; then at least its name and counts are there."""

    owner: str
    counts: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A page before it is fitted: what always stands above and below, and sections between."""

    above: Sequence[str]
    sections: Sequence[Section]
    below: Sequence[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that fits."""

    text: str
    cut: int = 0
    """How many sections are not in it."""


def fitted(drafts: Iterable[Draft], limit: int, elsewhere: str) -> Page:
    """Return the first draft whose parts that always stand fit, with as many of its sections as do.

    `limit` counts bytes of UTF-8, of which a character has at least one; `elsewhere` says where all of it is. Raises
    `TooLongError` where what must be seen does not fit, in no draft.
    """
    for draft in drafts:
        room = limit - sum(_size(part) for part in (*draft.above, *draft.below))
        if room >= sum(_size(section.text) for section in draft.sections):
            return Page("\n\n".join([*draft.above, *(section.text for section in draft.sections), *draft.below]))
        if room >= _NAMES + _NOTICE + len(elsewhere.encode()):
            return _cut(draft, room - _NAMES - _NOTICE - len(elsewhere.encode()), elsewhere)
    raise TooLongError(f"what has to be shown does not fit into {limit:,} bytes, so nothing is shown in part")


def _cut(draft: Draft, room: int, elsewhere: str) -> Page:
    kept, cut = [], []
    for section in draft.sections:
        if _size(section.text) <= room:
            room -= _size(section.text)
            kept.append(section.text)
        else:
            cut.append(section)
    return Page("\n\n".join([*draft.above, *kept, _notice(cut, elsewhere), *draft.below]), len(cut))


def _notice(cut: Sequence[Section], elsewhere: str) -> str:
    """Say what was cut: how many, which of them as far as there is room for names, and where to read it."""
    room, names = _NAMES, []
    for section in cut:
        named = f"{name(section.owner)} ({code(section.counts)})"
        room -= _size(named)
        if room < 0:
            break
        names.append(named)
    more = f" and {len(cut) - len(names):,} more" if len(names) < len(cut) else ""
    listed = f": {', '.join(names)}{more}" if names else ""
    return f"**Cut for want of room: {count(len(cut), 'section')}**{listed}. {elsewhere}"


def _size(part: str) -> int:
    return len(part.encode("utf-8", "backslashreplace")) + 2
