"""What two revisions of `services.yaml` mean differently, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.diff_words import alarm, blocks_of, name_of, sentence, symbol, verdict
from reconciler.report.markdown import code, table

if TYPE_CHECKING:
    from reconciler.domain.difference import RevisionDiff


def diff_markdown(diff: RevisionDiff) -> str:
    """Return the differences by service, weaker protections before all else."""
    parts = ["### Change in meaning" if diff.differences else "### No change in meaning", code(verdict(diff))]
    if diff.loosened:
        rows = [
            [
                code(difference.subject),
                code(difference.what),
                f"**{code(difference.loosened or '')}**",
                code(str(difference.location)) if difference.location else "",
            ]
            for difference in diff.loosened
        ]
        parts += [f"**⚠ {alarm(diff)}**", table(["where", "what", "weaker for", "line"], rows)]
    for title, differences in blocks_of(diff):
        cells = [[code(symbol(each)), code(name_of(each)), code(sentence(each))] for each in differences]
        parts += [f"**{code(title)}**", table(["", "name", "difference"], cells)]
    return "\n\n".join(parts)
