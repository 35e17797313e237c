"""Past runs as text for people: a table of the last ones."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

from reconciler.report.change_text import INDENT
from reconciler.report.inline import inline
from reconciler.report.lock_text import holder_text
from reconciler.workflows.history import WriteStanding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.workflows.history import PastRun

UNFINISHED = "unfinished"
COLUMNS = ("RUN", "WHEN (UTC)", "RESULT", "WRITES")


def runs_text(runs: Sequence[PastRun], width: int = 80) -> str:
    """Return a table of runs, newest first; what does not fit beside a run goes below it."""
    if not runs:
        return "No runs yet: the journal begins with the first apply."
    rows = [(run, _cells(run)) for run in runs]
    sizes = [max(len(title), *(len(cells[place]) for _, cells in rows)) for place, title in enumerate(COLUMNS)]
    lines = [style(f"{_row(COLUMNS, sizes)}  ENVIRONMENTS, BY WHOM", bold=True)]
    for run, cells in rows:
        record = run.history.run
        undone = f", rollback of run {record.undoes}" if record.undoes is not None else ""
        what = inline(f"{', '.join(record.environments)}, by {record.applied_by}{undone}")
        line = _row(cells, sizes)
        if len(line) + 2 + len(what) <= width:
            lines.append(f"{line}  {what}")
        else:
            lines += [line, *wrapped(what, width)]
        if record.is_unfinished:
            lines += wrapped(unfinished_text(run), width)
    return "\n".join(lines)


def _cells(run: PastRun) -> tuple[str, ...]:
    record = run.history.run
    all_of_them = len(run.history.steps) + len(run.history.unattempted)
    writes = f"{run.count(WriteStanding.DONE):,} of {all_of_them:,}"
    return f"{record.id:>{len(COLUMNS[0])}}", f"{record.started_at:%Y-%m-%d %H:%M}", record.result or UNFINISHED, writes


def _row(cells: Sequence[str], sizes: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{size}}" for cell, size in zip(cells, sizes, strict=True))


def unfinished_text(run: PastRun) -> str:
    """Say of a run without an end why it may have none."""
    if run.holder is None:
        return "killed: it has no end, and nobody holds its lock any more"
    return f"still going on, or killed within the last minute: its lock is {holder_text(run.holder)}"


def wrapped(text: str, width: int, indent: str = INDENT) -> list[str]:
    """Return text on as many lines as a width needs."""
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
