"""YAML that reads well: scalars with quotes only where they are needed, and comments that stay comments.

Nothing that comes from elsewhere can end a scalar or a comment: what does not print is escaped within double quotes,
and a comment is one line.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from reconciler.domain.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A plain scalar begins with what means nothing to YAML. A `:` with something after it, a `#` with something before it
# and a space between words are text; within braces and brackets, only what means nothing there.
_WITHIN = r"|:(?=[A-Za-z0-9_/])|(?<=\S) (?=[A-Za-z0-9_(/])|(?<=\S)#"
_PLAIN = re.compile(rf"(?:[A-Za-z0-9_/.+=$^]|-(?=[A-Za-z0-9_.]))(?:[A-Za-z0-9_/.+=$^@%~*&!;?'()<>|,\\-]{_WITHIN})*")
_PLAIN_IN_FLOW = re.compile(rf"(?:[A-Za-z0-9_/.]|-(?=[A-Za-z0-9_.]))(?:[A-Za-z0-9_/.+=@-]{_WITHIN})*")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n"})
"""What other readers of YAML take for a boolean, where this language has text."""
_NUMBER = re.compile(r"[-+]?[0-9.][0-9_.:eExXoObBa-fA-F+-]*")

WIDTH = 110
"""Columns that a mapping within one line may take."""

WIDTH_WITH_NOTE = 120
"""Columns that a line may take with a comment after it."""

_LONGEST_NOTE = 300
"""Characters of a comment; names of other people's making may have any length."""


def value(text: str, *, flow: bool = False) -> str:
    """Return text as a scalar where a value stands, of which the very characters count."""
    fits = (_PLAIN_IN_FLOW if flow else _PLAIN).fullmatch(text)
    return text if fits and text not in _NULL and text not in {"---", "..."} else _quoted(text)


def word(text: str, *, flow: bool = False) -> str:
    """Return text as a scalar where every reader of YAML is to take it for text: names, keys and the like."""
    is_other = text.lower() in _WORDS or _NUMBER.fullmatch(text)
    return _quoted(text) if is_other else value(text, flow=flow)


def comment(text: str) -> str:
    """Return text as a comment of one line."""
    shown = printable(text)
    return f"# {shown if len(shown) <= _LONGEST_NOTE else shown[:_LONGEST_NOTE] + '…'}"


def flow_mapping(items: Mapping[str, str]) -> str:
    """Return scalars that are written already as a mapping within one line."""
    return "{" + ", ".join(f"{key}: {text}" for key, text in items.items()) + "}"


def flow_list(items: Iterable[str]) -> str:
    """Return words as a list within one line."""
    return "[" + ", ".join(word(item, flow=True) for item in items) + "]"


def noted(line: str, notes: Iterable[str]) -> Iterator[str]:
    """Yield a line with notes after it, or above it where there is no room."""
    said = "; ".join(notes)
    if not said:
        yield line
        return
    note = comment(said)
    if len(line) + len(note) + 2 <= WIDTH_WITH_NOTE:
        yield f"{line}  {note}"
        return
    yield f"{line[: len(line) - len(line.lstrip())]}{note}"
    yield line


def _quoted(text: str) -> str:
    """Return text in quotes: single ones around what only they need not escape, else double ones.

    JSON's escapes are YAML's, but for characters beyond 16 bits.
    """
    if text.isprintable() and {'"', "\\"} & set(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character.isprintable() and character not in '"\\':
        return character
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else json.dumps(character)[1:-1]  # noqa: PLR2004 — the last of 16 bits
