"""A scan: every source file below some paths, parsed by the parser of its language."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.domain.source_use import Scan, Unparsed, Use
from reconciler.errors import UsageError
from reconciler.source_code.javascript import DIALECTS, uses_of_javascript
from reconciler.source_code.python import uses_of_python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST_FILE = 2_000_000
"""Bytes; what is larger was made by a program, a bundle say, from files that are here as well."""
NOT_OURS = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env", "dist", "build", "vendor"})
"""Folders that hold other people's code, or code made from the code that is here. Hidden ones are left out as well."""
NOT_PARSED = frozenset({".vue", ".svelte", ".astro", ".rb", ".go", ".php", ".ex", ".exs", ".rs", ".java", ".kt", ".cs"})
"""Source code in languages that are not parsed: counted, so that nobody takes silence for an answer."""


def scan(paths: Iterable[Path]) -> Scan:
    """Parse every source file at or below these paths, each file once, in the order of their names.

    Links are not followed; those that lead somewhere else are told. Raises `UsageError` for a path that is not there.
    """
    closed: list[Unparsed] = []
    files: set[Path] = set()
    for path in paths:
        below = set(_files(path, closed))
        if not below:
            closed.append(Unparsed(path, "has no source code of a known language in it"))
        files |= below
    found = [*closed, *(each for file in sorted(files) for each in _parse(file))]
    uses = sorted((each for each in found if isinstance(each, Use)), key=_place)
    return Scan(len(files), tuple(uses), tuple(each for each in found if isinstance(each, Unparsed)))


def _place(use: Use) -> tuple[str, int, int, str]:
    return str(use.path), use.line, use.column, use.name or ""


def _files(path: Path, closed: list[Unparsed]) -> Iterator[Path]:
    """Yield source files; folders that cannot be looked into are added to `closed`."""
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        message = f"--code {path}: there is no such file or folder"
        raise UsageError(message, remedy="give a file or folder with the program's source code")

    def note(error: OSError) -> None:
        closed.append(Unparsed(Path(error.filename), (error.strerror or "cannot be read").lower()))

    for folder, folders, names in os.walk(path, onerror=note):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("."))
        files = [file for name in names if _is_source(file := Path(folder, name))]
        closed += _leading_out([*files, *(Path(folder, name) for name in folders)], path)
        for file in files:
            if file.is_symlink():
                continue
            if file.is_file():
                yield file
            else:
                # Reading a pipe would wait for whoever writes to it.
                closed.append(Unparsed(file, "not a regular file"))


def _leading_out(places: Iterable[Path], root: Path) -> list[Unparsed]:
    """Return the links to somewhere outside a folder: what they lead to is not looked at under another name."""
    inside = Path(os.path.realpath(root))
    return [
        Unparsed(place, "a link to somewhere else, which is not followed")
        for place in places
        if place.is_symlink() and not Path(os.path.realpath(place)).is_relative_to(inside)
    ]


def _is_source(file: Path) -> bool:
    return file.suffix in {".py", *DIALECTS, *NOT_PARSED} and not file.name.endswith((".min.js", ".d.ts"))


def _parse(file: Path) -> list[Use | Unparsed]:
    if file.suffix in NOT_PARSED:
        return [Unparsed(file, f"{file.suffix} files are not parsed")]
    try:
        if file.stat().st_size > LARGEST_FILE:
            return [Unparsed(file, "larger than 2 MB")]
        source = file.read_bytes()
    except OSError as error:
        return [Unparsed(file, (error.strerror or "cannot be read").lower())]
    parse = uses_of_javascript if file.suffix in DIALECTS else uses_of_python
    return parse(file, source)
