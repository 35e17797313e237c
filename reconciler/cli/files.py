"""Files that the commands write: whole or not at all, and for their owner only."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from reconciler.errors import UsageError

LARGEST = 64 * 1024 * 1024
"""Bytes of a plan that are read; a plan of 100,000 changes has about 50 MB."""


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that nobody ever sees half of it; mode 0600.

    Raises `UsageError` where it cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError):
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        raise


def read_whole(path: Path, noun: str) -> str:
    """Read a text file that a command names; raises `UsageError` for one that cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} has over {LARGEST // 1024 // 1024} MB; that is no {noun}")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"no {noun} {path}") from None
    except OSError as error:
        raise UsageError(f"cannot read {noun} {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text, so it is no {noun}") from None
