"""The text of a file, or the one reason why it has none that could be YAML."""

from __future__ import annotations

import codecs
import re
import stat
from typing import TYPE_CHECKING

from reconciler.config.problems import fatal

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.config.node import Place

LIMIT = 8 * 1024 * 1024
"""Bytes; a thousand services with fifty variables each need about one megabyte."""

# What YAML lets stand in a file, less the three characters that it takes for line ends and editors do not: they would
# shift every line number, and a value that holds one would silently change.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_SEPARATORS = {"\x85": r"\N", "\u2028": r"\L", "\u2029": r"\P"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path) -> str:
    """Read a file that can be YAML, or raise `ConfigError`."""
    file = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise fatal(file, None, "is a folder; name the file in it, such as services.yaml")
        if not stat.S_ISREG(status.st_mode):
            # A pipe that nobody writes to would be waited for without end.
            raise fatal(file, None, "is a pipe or a device; name a regular file, such as services.yaml")
        if status.st_size > LIMIT:
            raise _too_large(file, status.st_size)
        with path.open("rb") as stream:
            # One byte past the bound: the file may have grown since.
            content = stream.read(LIMIT + 1)
    except FileNotFoundError:
        raise fatal(file, None, "does not exist; create it, or name another file with --file") from None
    except PermissionError:
        raise fatal(file, None, "cannot be read: permission denied; make it readable for this user") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path to a file"
        raise fatal(file, None, f"cannot be read: {reason}") from None
    if len(content) > LIMIT:
        raise _too_large(file, len(content))
    return _decoded(content, file)


def check_text(text: str, file: str) -> None:
    """Raise `ConfigError` for a text that no YAML file may hold, or that holds nothing."""
    if len(text) > LIMIT:
        raise _too_large(file, len(text))
    if text.startswith("\ufeff"):
        raise fatal(file, (1, 1), "starts with a byte order mark; save the file as UTF-8 without BOM")
    if found := _FORBIDDEN.search(text):
        raise fatal(file, _place(text, found.start()), _forbidden(found[0]))


def _decoded(content: bytes, file: str) -> str:
    if content.startswith(_UTF16) or b"\0" in content[:4]:
        raise fatal(file, (1, 1), "is not UTF-8 but looks like UTF-16 or binary data; save it as UTF-8 without BOM")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place(content[: error.start].decode("utf-8"), error.start)
        raise fatal(file, place, "is not valid UTF-8; save the file as UTF-8 without BOM") from None


def _forbidden(character: str) -> str:
    code = f"U+{ord(character):04X}"
    if escape := _LINE_SEPARATORS.get(character):
        return f"the line separator {code}, which editors do not show; remove it, or write `{escape}` in double quotes"
    if character == "\0":
        return "a NUL character; remove it: neither YAML nor Render can have one"
    if character == "\ufeff":
        return "a byte order mark in the middle of the file; remove it"
    return f"the control character {code}; remove it, or write it as an escape in double quotes"


def _place(text: str, index: int) -> Place:
    """Return line and column of a character; CR LF, LF and CR end lines, as they do for the YAML parser."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _too_large(file: str, size: int) -> Exception:
    megabytes = size / 1_000_000
    return fatal(file, None, f"has {megabytes:.1f} MB, more than the 8 MiB that are read; is it the right file?")
