"""Text of other people's making, made safe to show: nothing in it can move a cursor, hide or pretend."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text on one line: line ends and control, format and bidirectional characters as their escapes."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def printable_lines(text: str) -> str:
    """Return text of several lines, which stay; everything else that does not print as its escape."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
