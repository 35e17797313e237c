"""`dotenv://PATH#/NAME`: one variable of a `.env` file, relative to the folder of `services.yaml`.

python-dotenv's own parser reads the file, so that quotes, `export` and escapes mean what they mean to others; but
nothing is interpolated (`$` stays), and what python-dotenv would skip with a warning is a problem here.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dotenv.parser import parse_stream

from reconciler.domain.value import Secret
from reconciler.secrets.batch import by_place
from reconciler.secrets.store import MissingError, UnresolvedError, check_parameters, check_text, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.secrets.folder import Folder
    from reconciler.secrets.store import Answer, Surroundings


@dataclass(frozen=True, slots=True)
class Line:
    """One definition of a name; without a value there is no `=`."""

    number: int
    value: Secret | None


def open_store(surroundings: Surroundings) -> DotenvStore:
    """Return the store of the `.env` files beside `services.yaml`."""
    return DotenvStore(surroundings.folder)


class DotenvStore:
    """Reads `.env` files, each once."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference with the value of the one definition of its name."""
        return await by_place(references, _path, self._parsed, _pick)

    async def _parsed(self, path: str) -> Mapping[str, Sequence[Line]]:
        return parse_dotenv(self._folder.read_text(path))


def _path(reference: SecretRef) -> str:
    check_parameters(reference)
    _name(reference)
    return reference.path


def _pick(lines: Mapping[str, Sequence[Line]], reference: SecretRef) -> Secret:
    name = _name(reference)
    found = lines.get(name, ())
    if not found:
        raise MissingError(f"the file has no {name}{nearest(name, list(lines))}")
    if len(found) > 1:
        numbers = " and ".join(str(line.number) for line in found)
        raise UnresolvedError(f"{name} is defined more than once, in lines {numbers}; keep the one that holds")
    if found[0].value is None:
        raise UnresolvedError(f"{name} in line {found[0].number} has no `=` and so no value; write `{name}=…`")
    return check_text(found[0].value.reveal())


def parse_dotenv(text: str) -> Mapping[str, Sequence[Line]]:
    """Return the definitions of each name in the text of a `.env` file; raises `UnresolvedError` for other lines."""
    lines: dict[str, list[Line]] = {}
    # newline="" keeps every line end as it is, within quotes too.
    for binding in parse_stream(io.StringIO(text, newline="")):
        line = binding.original.line + _leading_newlines(binding.original.string)
        if binding.error:
            raise UnresolvedError(
                f"line {line} of the file is not `NAME=value`; look for a quote that is not closed, "
                "or put `#` before a comment"
            )
        if binding.key is not None:
            value = None if binding.value is None else Secret(binding.value)
            lines.setdefault(binding.key, []).append(Line(line, value))
    return lines


def _leading_newlines(text: str) -> int:
    """Count the line ends before a definition: python-dotenv counts from the empty lines above it."""
    blank = text[: len(text) - len(text.lstrip())]
    return len(blank.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1


def _name(reference: SecretRef) -> str:
    pointer = reference.pointer
    if pointer is None or not pointer.startswith("/") or "/" in pointer[1:] or len(pointer) == 1:
        raise UnresolvedError("say which variable of the file, as in `dotenv://.env#/NAME`")
    return pointer[1:].replace("~1", "/").replace("~0", "~")
