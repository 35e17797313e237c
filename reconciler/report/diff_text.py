"""What two revisions of `services.yaml` mean differently, as text for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

from reconciler.report.change_text import COLOURS, INDENT
from reconciler.report.diff_words import alarm, blocks_of, name_of, sentence, symbol, verdict
from reconciler.report.inline import LONGEST, inline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.difference import Difference, RevisionDiff


def diff_text(diff: RevisionDiff, width: int = 80) -> str:
    """Return the differences by service, weaker protections before all else, styled for a terminal."""
    blocks = [_loosened(diff, width)] if diff.loosened else []
    blocks += [_block(title, differences, width) for title, differences in blocks_of(diff)]
    closing = textwrap.wrap(inline(verdict(diff)), width, break_long_words=False, break_on_hyphens=False)
    return "\n\n".join([*blocks, "\n".join(style(line, bold=True) for line in closing)])


def _loosened(diff: RevisionDiff, width: int) -> str:
    lines = [style(alarm(diff), fg="bright_red", bold=True)]
    for difference in diff.loosened:
        what = "" if difference.address is None else f" {difference.what}"
        text = inline(f"{difference.subject}{what}: {difference.loosened}")
        first, *rest = textwrap.wrap(text, width - 4, break_long_words=False, break_on_hyphens=False)
        lines += [style("  ! ", fg="bright_red") + first, *(f"    {line}" for line in rest)]
        if difference.location is not None:
            lines.append(f"{INDENT}{inline(str(difference.location))}")
    return "\n".join(lines)


def _block(title: str, differences: Sequence[Difference], width: int) -> str:
    keys = max((len(name_of(each)) for each in differences if len(name_of(each)) <= LONGEST), default=0)
    lines = [style(inline(title), bold=True)]
    for difference in differences:
        sign = "!" if difference.loosened is not None else symbol(difference)
        beside = f"  {style(sign, fg=COLOURS[sign])} {name_of(difference):<{keys}}   "
        text = sentence(difference)
        if max(keys, len(name_of(difference))) + 7 + len(text) <= width:
            lines.append(f"{beside}{text}")
        else:
            lines.append(beside.rstrip())
            wrapped = textwrap.wrap(text, width - len(INDENT), break_long_words=False, break_on_hyphens=False)
            lines += [f"{INDENT}{line}" for line in wrapped]
    return "\n".join(lines)
