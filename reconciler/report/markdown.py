"""Pieces of Markdown in which nothing of other people's making can break out of its table, fence or code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.report.inline import inline

if TYPE_CHECKING:
    from collections.abc import Sequence


def code(text: str) -> str:
    """Return text, all of it, as code that ends where it should: the fence is longer than any backticks within."""
    shown = inline(text)
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if shown.startswith("`") or shown.endswith("`") else ""
    # A pipe ends a table's cell even within code.
    return f"{fence}{padding}{shown}{padding}{fence}".replace("|", "\\|")


def prose(text: str) -> str:
    """Return text with every character that Markdown or HTML could act on made harmless."""
    escaped = inline(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", escaped)
    # A zero-width character would hide; an entity keeps a link from being one, and copies as typed. Addresses of
    # e-mail and mentions are looked for once entities are characters again: only an empty comment parts them.
    escaped = escaped.replace("@", "&#64;<!-- -->").replace("://", "&#58;//")
    return re.sub(r"(www)\.", r"\1&#46;", escaped, flags=re.IGNORECASE)


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = ["| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
