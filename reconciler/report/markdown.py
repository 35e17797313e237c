"""Pieces of Markdown in which nothing of other people's making can act: break out, link, mention or hide.

Whatever is not ours is shown as code, where GitHub and GitLab look for no mentions, references or formulas.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from reconciler.domain.printable import ascii_printable
from reconciler.report.inline import inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """Return text, all of it, as code within a line, a table's cell or a link's text."""
    shown = inline(text)
    if not shown:
        return ""
    if "`" in shown or "|" in shown:
        # No fence serves both CommonMark and tables, whose cells a pipe ends even within code.
        return f"<code>{_inert(shown)}</code>"
    # A space at each end would be taken for padding.
    padding = " " if shown.strip() and shown[0] == " " == shown[-1] else ""
    return f"`{padding}{shown}{padding}`"


def name(text: str) -> str:
    """Return a key, an address or a login as code, in ASCII: one that looks like another one does not pass for it."""
    return code(ascii_printable(text))


def html_code(text: str) -> str:
    """Return text as code within a line of HTML, where Markdown has no say; a name's rules hold for it."""
    return f"<code>{html.escape(ascii_printable(text))}</code>"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = ["| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def fence(lines: Iterable[str], language: str = "", *, is_names: bool = False) -> str:
    """Return lines as a block of code; its fence is longer than any run of backticks within."""
    shown = [ascii_printable(line) if is_names else inline(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall(r"`+", line)), default=0)
    marks = "`" * max(longest + 1, 3)
    return "\n".join([f"{marks}{language}", *shown, marks])


def details(summary: str, body: str) -> str:
    """Return a part that is folded up; the summary is one line of HTML, the body is Markdown."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def escaped(text: str) -> str:
    """Return text as text, for whole sentences that quote what is not ours, in documents that nobody posts for us."""
    return _inert(inline(text))


def _inert(text: str) -> str:
    """Return text with every character that Markdown or HTML could act on as an entity, or escaped.

    Addresses of e-mail are looked for once entities are characters again: only an empty comment parts them. A link that
    begins with a scheme or `www.` is looked for before.
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~$-])", r"\\\1", escaped)
    escaped = escaped.replace("@", "&#64;<!-- -->").replace(":", "&#58;")
    return re.sub(r"(www)\.", r"\1&#46;", escaped, flags=re.IGNORECASE)
