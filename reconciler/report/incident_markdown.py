"""The incident report as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.report.incident import Command, Items, Paragraph, Rows, Title, sections, title_of
from reconciler.report.markdown import code, escaped, table

if TYPE_CHECKING:
    from reconciler.domain.diagnosis import Diagnosis
    from reconciler.report.incident import Block


def incident_markdown(diagnosis: Diagnosis) -> str:
    """Return the report."""
    parts = [f"# {escaped(title_of(diagnosis))}"]
    for section in sections(diagnosis):
        parts += [f"## {escaped(section.title)}", *(_block(block) for block in section.blocks)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    match block:
        case Title(text):
            return f"### {escaped(text)}"
        case Paragraph(text):
            return escaped(text)
        case Items(texts):
            return "\n".join(f"- {escaped(text)}" for text in texts)
        case Command(text):
            return code(text)
        case Rows(heading, rows):
            return table([escaped(cell) for cell in heading], [[escaped(cell) for cell in row] for row in rows])
        case _:
            assert_never(block)
