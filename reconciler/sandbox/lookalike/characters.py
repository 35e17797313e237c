"""Characters: a random text with the same kind of character at each place."""

from __future__ import annotations

import random
import re
import string
import unicodedata
from functools import cache

_RANDOM = random.SystemRandom()
_HEX_LETTERS = frozenset("abcdefABCDEF")
_RUNS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+|[^\x00-\x7f]")
_DIGITS = re.compile(r"[0-9]+")
_BLOCK = 256
_NAMED_PUNCTUATION = 3
"""So many signs without a letter or digit are no secret: `*`, `,`, `://`."""


def drawn_like(text: str) -> str:
    """Return a random text of the same length: letters, digits and the rest each where they were.

    Where all letters are hexadecimal digits, they are again. White space and ASCII punctuation stay, except in a text
    that has nothing else.
    """
    letters = {each for each in text if each in string.ascii_letters}
    if not any(each.isalnum() or not each.isascii() for each in text):
        return _punctuation(text)
    low = "abcdef" if letters <= _HEX_LETTERS else string.ascii_lowercase
    return _RUNS.sub(lambda match: _run(match.group(), low), text)


def digits_like(text: str) -> str:
    """Return a text with other digits, and everything else as it was."""
    return _DIGITS.sub(lambda match: _digits(match.group()), text)


def chosen(*texts: str) -> str:
    """Return one of some texts."""
    return _RANDOM.choice(texts)


def whole_number(least: int, most: int) -> int:
    """Return a whole number between two others, which may be either."""
    return _RANDOM.randint(least, most)


def random_bytes(count: int) -> bytes:
    """Return so many bytes."""
    return _RANDOM.randbytes(count)


def _run(run: str, low: str) -> str:
    if run[0] in string.ascii_lowercase:
        return "".join(_RANDOM.choices(low, k=len(run)))
    if run[0] in string.ascii_uppercase:
        return "".join(_RANDOM.choices(low.upper(), k=len(run)))
    if run[0] in string.digits:
        return _digits(run)
    return _RANDOM.choice(_neighbours(ord(run) // _BLOCK, unicodedata.category(run)))


def _digits(run: str) -> str:
    """Draw as many digits; only what began with a zero does again, and what could be a port still can."""
    if len(run) == 1:
        return _RANDOM.choice(string.digits)
    if len(run) == len("65535") and "10000" <= run <= "65535":
        return str(_RANDOM.randint(10000, 65535))
    first = "0" if run[0] == "0" else _RANDOM.choice("123456789")
    return first + "".join(_RANDOM.choices(string.digits, k=len(run) - 1))


def _punctuation(text: str) -> str:
    signs = "".join(each for each in string.punctuation if each not in "\"'`\\$")
    if len(text.strip()) <= _NAMED_PUNCTUATION:
        return text
    return "".join(_RANDOM.choice(signs) if each in string.punctuation else each for each in text)


@cache
def _neighbours(block: int, category: str) -> str:
    """Return the characters of a category near each other, beyond ASCII; one of them led here, so there is one."""
    near = map(chr, range(block * _BLOCK, (block + 1) * _BLOCK))
    return "".join(each for each in near if unicodedata.category(each) == category and not each.isascii())
