"""Text of other people's making, made safe to show: nothing in it can move a cursor, hide or pretend."""

from __future__ import annotations

import re
import unicodedata

_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
)
"""Characters that count as printing and show nothing: fillers and variation selectors (Unicode's DerivedCoreProperties,
Default_Ignorable_Code_Point), and the empty Braille pattern."""
_LIKE_LATIN = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH", "MATHEMATICAL")
"""Beginnings of the names of letters that are drawn like Latin ones."""
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[A-Za-z]")


def printable(text: str) -> str:
    """Return text on one line, with the escapes of what would not show as what it is.

    Those are line ends and control, format, bidirectional and blank characters, and letters that look like Latin ones
    in a word that has Latin ones: nobody could tell it from another word.
    """
    if text.isascii() and text.isprintable():
        return text
    return _WORD.sub(_one_alphabet, "".join(each if _shows(each) else _escaped(each) for each in text))


def printable_lines(text: str) -> str:
    """Return text of several lines, which stay; everything else that does not show as its escape."""
    return "\n".join(printable(line) for line in text.split("\n"))


def ascii_printable(text: str) -> str:
    """Return text on one line with the escape of every character that is not printing ASCII.

    For names, which are nearly always ASCII: one that merely looks like it has to be told apart.
    """
    return "".join(each if each.isascii() and each.isprintable() else _escaped(each) for each in text)


def _shows(character: str) -> bool:
    return character.isprintable() and character not in _BLANK


def _one_alphabet(word: re.Match[str]) -> str:
    text = word[0]
    if text.isascii() or not _LATIN.search(text):
        return text
    return "".join(_escaped(each) if unicodedata.name(each, "").startswith(_LIKE_LATIN) else each for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
