"""An audit as text for people: the matrix service by service, findings, what could not be read, the verdict."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

from reconciler.domain.matrix import State, Verdict
from reconciler.report.audit_words import (
    alike,
    by_reason,
    scope_sentence,
    some,
    states_sentence,
    tables_of,
    verdict_sentence,
)
from reconciler.report.change_text import finding_lines
from reconciler.report.inline import count, inline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.domain.matrix import Audit, CodeUse
    from reconciler.report.audit_words import Row, Table

_COLOURS = {
    State.MISSING: "bright_red",
    State.WRONG: "bright_red",
    State.DIFFERS: "yellow",
    State.SAME: "yellow",
    State.UNREADABLE: "magenta",
    State.UNDECLARED: "cyan",
    State.SET: "green",
    State.ABSENT: "green",
}
_VERDICTS = {
    Verdict.INCOMPLETE: "magenta",
    Verdict.ERRORS: "bright_red",
    Verdict.WARNINGS: "yellow",
    Verdict.OK: "green",
}
_LONGEST_KEY = 36
_GAP = 2
_NAMED = 3
"""Subjects of one reason that are named."""
_REASONS = 20
"""Reasons that are told; each refusal has an id of its own."""


def audit_text(audit: Audit, width: int = 80) -> str:
    """Return the audit's text, styled for a terminal; states are words, so that it is right without colour."""
    blocks = ["\n".join(_table(table, width)) for table in tables_of(audit)]
    sections = (
        ("Findings", finding_lines(alike(audit.findings), width)),
        (f"Compared with {inline(audit.against or '')}", finding_lines(audit.comparisons, width)),
        ("Code", [] if audit.code is None else [*_code(audit.code, width)]),
        ("Not read", [*_unread(audit, width)]),
    )
    blocks += ["\n".join([style(title, bold=True), *lines]) for title, lines in sections if lines]
    verdict = style(verdict_sentence(audit), bold=True, fg=_VERDICTS[audit.verdict])
    closing = _wrapped(f"{scope_sentence(audit)} {states_sentence(audit)}", width)
    return "\n\n".join([*blocks, "\n".join([verdict, *closing])])


def _table(table: Table, width: int) -> Iterator[str]:
    yield style(f"groups/{inline(table.name)}" if table.is_group else inline(table.name), bold=True)
    telling = [row for row in table.rows if not (row.is_settled or row.is_unread)]
    if telling:
        keys = min(max(len(row.key) for row in telling), _LONGEST_KEY)
        for first, last in _columns(table.environments, width - keys - _GAP):
            yield from _rows(table, telling, keys, first, last)
    for said, keys_of in (
        ("could not be read", [row.key for row in table.rows if row.is_unread]),
        ("as it should be", [row.key for row in table.rows if row.is_settled]),
    ):
        if keys_of:
            yield from _wrapped(f"{said}: {', '.join(keys_of)}", width)
    if not table.rows:
        yield "  nothing is declared"


def _columns(environments: Sequence[str], room: int) -> Iterator[tuple[int, int]]:
    """Yield from which to which environment fits beside the keys; at least one each time."""
    first, used = 0, 0
    for place, name in enumerate(environments):
        size = _size(name) + _GAP
        if place > first and used + size > room:
            yield first, place
            first, used = place, 0
        used += size
    yield first, len(environments)


def _size(name: str) -> int:
    return max(len(inline(name)), *map(len, State))


def _rows(table: Table, rows: Sequence[Row], keys: int, first: int, last: int) -> Iterator[str]:
    names = table.environments[first:last]
    gap = " " * _GAP
    heading = gap.join(f"{inline(name):<{_size(name)}}" for name in names)
    yield f"{gap}{'':<{keys}}{gap}{heading}".rstrip()
    for row in rows:
        states = [cell.state if cell else None for cell in row.cells[first:last]]
        cells = [
            style(state, fg=_COLOURS[state]) + " " * (_size(name) - len(state)) if state else f"{'-':<{_size(name)}}"
            for state, name in zip(states, names, strict=True)
        ]
        if len(row.key) > keys:
            # Two names that are cut look alike: a long one has a line of its own.
            yield f"{gap}{row.key}"
        yield f"{gap}{row.key if len(row.key) <= keys else '':<{keys}}{gap}{gap.join(cells)}".rstrip()


def _code(code: CodeUse, width: int) -> Iterator[str]:
    yield f"  {count(code.names, 'name')} read in {count(code.files, 'file')}"
    yield from finding_lines(code.undeclared, width)
    if code.unread:
        said = "declared, not read by this code (a library may read it):"
        yield from _wrapped(f"{said} {', '.join(map(inline, code.unread))}", width)
    if code.computed:
        places = [f"{use.path}:{use.line}" for use in code.computed]
        yield from _wrapped(f"not known, because the name is computed: {some(places, _NAMED)}", width)
    for each in code.unparsed[:_NAMED]:
        yield from _wrapped(f"not understood: {inline(str(each.path))}: {inline(each.reason)}", width)
    if len(code.unparsed) > _NAMED:
        yield f"  not understood: {len(code.unparsed) - _NAMED:,} more files"


def _unread(audit: Audit, width: int) -> Iterator[str]:
    reasons = list(by_reason(audit.unread).items())
    for reason, subjects in reasons[:_REASONS]:
        first, *rest = _wrapped(f"{some(subjects, _NAMED)}: {inline(reason)}", width - _GAP)
        yield f"{style('  ? ', fg='magenta')}{first.strip()}"
        yield from (f"{' ' * _GAP}{line}" for line in rest)
    if len(reasons) > _REASONS:
        yield f"  and for {len(reasons) - _REASONS:,} more reasons, which `--format json` has"


def _wrapped(text: str, width: int) -> list[str]:
    indent = " " * _GAP
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
