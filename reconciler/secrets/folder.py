"""Reading files that references name, from the folder of `services.yaml` and, unless allowed, from nowhere else."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.secrets.store import LIMIT, MissingError, UnresolvedError, decoded, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

# Without O_NONBLOCK opening a FIFO would wait for its writer. Windows has neither, and no FIFOs in folders.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Folder:
    """A folder whose regular text files may be read."""

    def __init__(self, path: Path, *, allow_outside: bool = False) -> None:
        self._path = path
        self._allow_outside = allow_outside

    def locate(self, name: str) -> Path:
        """Return the real path of a file, symbolic links resolved, or raise `UnresolvedError`."""
        if not name:
            raise UnresolvedError(
                "it names no file; write the path after `://`, relative to the folder of services.yaml"
            )
        try:
            root = self._path.resolve(strict=True)
            # Before anything is looked up: whether a file outside exists is nobody's business either.
            self._check_inside(Path(os.path.normpath(root / name)), root, "is")
            _check_not_git(name)
            found = (root / name).resolve(strict=True)
        except FileNotFoundError:
            raise MissingError(f"there is no such file{nearest(Path(name).name, self._siblings(name))}") from None
        except NotADirectoryError:
            raise UnresolvedError("a part of its path is a file, not a folder") from None
        except (OSError, RuntimeError, ValueError) as error:
            raise UnresolvedError(f"its path cannot be followed: {_reason(error)}") from None
        self._check_inside(found, root, "leads through a symbolic link")
        _check_not_git(str(found.relative_to(root)) if found.is_relative_to(root) else str(found))
        return found

    def read(self, name: str, *, limit: int = LIMIT) -> bytes:
        """Return the bytes of a regular file of bounded size, or raise `UnresolvedError`."""
        path = self.locate(name)
        try:
            descriptor = os.open(path, _FLAGS)
        except OSError as error:
            raise UnresolvedError(f"the file cannot be read: {_reason(error)}") from None
        try:
            _check_regular(os.fstat(descriptor).st_mode)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(limit + 1)
        except OSError as error:
            raise UnresolvedError(f"the file cannot be read: {_reason(error)}") from None
        finally:
            os.close(descriptor)
        if len(content) > limit:
            raise UnresolvedError(f"the file is larger than {limit // LIMIT} MiB, which is more than Render takes")
        return content

    def read_text(self, name: str) -> str:
        """Return a file's text, every line end as it is, or raise `UnresolvedError`."""
        return decoded(self.read(name), "file")

    def _check_inside(self, path: Path, root: Path, how: str) -> None:
        if not self._allow_outside and not path.is_relative_to(root):
            raise UnresolvedError(
                f"the file {how} outside of the folder of services.yaml; move it there, or say --allow-outside"
            )

    def _siblings(self, name: str) -> Sequence[str]:
        try:
            return [entry.name for entry in (self._path / name).parent.iterdir()]
        except OSError:
            return []


def _check_not_git(name: str) -> None:
    """Raise for git's own files: its configuration may hold the credentials that CI pulls and pushes with."""
    if any(part.casefold() == ".git" for part in Path(name).parts):
        raise UnresolvedError("the file is git's own, inside `.git`; keep secrets somewhere else")


def _check_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise UnresolvedError("it is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise UnresolvedError("it is not a regular file; a pipe or device cannot be read twice")


def _reason(error: Exception) -> str:
    # Only the operating system's words: the text of other errors may repeat what was read.
    return (error.strerror or "unknown error").lower() if isinstance(error, OSError) else "it is not a usable path"
