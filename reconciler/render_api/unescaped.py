"""Text without the escapes and quotes that a shell, a URL, JSON or HTML puts around its characters.

Each character remembers from where to where in the original it comes, so that what is found can be hidden there.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ROUNDS = 4
"""How often escapes are undone, one within the other: JSON in JSON in a URL, say."""
_ESCAPE = re.compile(
    r"""
    (?P<bytes> (?:%[0-9a-fA-F]{2})+ | (?:\\x[0-9a-fA-F]{2} | \\[0-3][0-7]{2})+ )
    | (?P<units> (?:\\u[0-9a-fA-F]{4})+ )
    | \\u\{(?P<braced>[0-9a-fA-F]{1,6})\}
    | \\U(?P<long>[0-9a-fA-F]{8})
    | \\(?P<simple>[abefnrtv\\])
    | (?P<entity> &\#\d{1,7};? | &\#[xX][0-9a-fA-F]{1,6};? | &[A-Za-z][A-Za-z0-9]{1,30}; )
    """,
    re.VERBOSE,
)
_BYTE = re.compile(r"[%x]([0-9a-fA-F]{2})|\\([0-7]{3})")
_DROPPED = frozenset("'\"`\\$+")
"""What quoting adds, and the `+` that stands for a blank in a form."""
_WITHOUT = {ord(each): None for each in (*_DROPPED, " ")}


@dataclass(frozen=True, slots=True)
class Unescaped:
    """A text, and the start and end in the original of what each character came from."""

    text: str
    spans: Sequence[tuple[int, int]]


def readings(original: str) -> Iterator[Unescaped]:
    """Yield a text as it is, and with its escapes undone once, twice and so on, each without quotes and blanks."""
    text, spans = original, [(place, place + 1) for place in range(len(original))]
    for _ in range(_ROUNDS):
        yield _bare(text, spans)
        undone, undone_spans = _undone(text, spans)
        if undone == text:
            return
        text, spans = undone, undone_spans
    yield _bare(text, spans)


def bare(text: str) -> str:
    """Return a text without quotes, backslashes, blanks and whatever does not print."""
    if text.isascii() and text.isprintable():
        return text.translate(_WITHOUT)
    return "".join(each for each in text if _is_kept(each))


def has_escapes(text: str) -> bool:
    """Tell whether there is anything in a text to undo."""
    return _ESCAPE.search(text) is not None


def _bare(text: str, spans: Sequence[tuple[int, int]]) -> Unescaped:
    kept = [place for place, each in enumerate(text) if _is_kept(each)]
    return Unescaped("".join(text[place] for place in kept), [spans[place] for place in kept])


def _is_kept(character: str) -> bool:
    return character not in _DROPPED and character.isprintable() and not character.isspace()


def _undone(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    parts: list[str] = []
    found: list[tuple[int, int]] = []
    end = 0
    for match in _ESCAPE.finditer(text):
        meant = _meant(match)
        parts += [text[end : match.start()], meant]
        found += spans[end : match.start()]
        found += [(spans[match.start()][0], spans[match.end() - 1][1])] * len(meant)
        end = match.end()
    parts.append(text[end:])
    found += spans[end:]
    return "".join(parts), found


def _meant(match: re.Match[str]) -> str:
    escape = match.group()
    match match.lastgroup:
        case "bytes":
            return _decoded(
                bytes(
                    int(hexadecimal or octal, 16 if hexadecimal else 8) for hexadecimal, octal in _BYTE.findall(escape)
                )
            )
        case "units":
            units = bytes.fromhex(escape.replace("\\u", ""))
            return units.decode("utf-16-be", "replace")
        case "braced" | "long" as kind:
            number = int(match[kind], 16)
            return chr(number) if number <= 0x10FFFF else ""  # noqa: PLR2004 — the last character there is
        case "simple":
            return "\\" if escape == "\\\\" else " "
        case _:
            return html.unescape(escape)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
