"""What git knows: who works here, on which commit, and what a file was at a revision."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def user_email(folder: Path) -> str | None:
    """Return git's `user.email`, or nothing where there is none."""
    return _ask(folder, "config", "user.email")


def signing_key(folder: Path) -> str | None:
    """Return the SSH key file that git signs with, or nothing where it signs otherwise."""
    if _ask(folder, "config", "gpg.format") != "ssh":
        return None
    key = _ask(folder, "config", "user.signingkey")
    return None if key is None or key.startswith("key::") else key


def head_commit(folder: Path) -> str | None:
    """Return the commit that is checked out, or nothing outside a repository."""
    return _ask(folder, "rev-parse", "--verify", "--quiet", "HEAD")


def file_at(revision: str, folder: Path, relative: str) -> str | None:
    """Return the text that a file, named from a folder, had at a revision, or nothing where it did not exist there.

    Raises `UsageError` for a revision that git does not know here.
    """
    if revision.startswith("-") or _ask(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise UsageError(f"git knows no revision `{revision}` here", remedy="fetch it first: git fetch origin")
    completed = _run(folder, "show", f"{revision}:./{relative}")
    return completed.stdout if completed is not None and completed.returncode == 0 else None


def _ask(folder: Path, *arguments: str) -> str | None:
    completed = _run(folder, *arguments)
    return (completed.stdout.strip() or None) if completed is not None and completed.returncode == 0 else None


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    program = shutil.which("git")
    if program is None or not folder.is_dir():
        return None
    return subprocess.run(  # noqa: S603 — a fixed program, arguments never pass a shell
        [program, "-C", str(folder), *arguments], capture_output=True, text=True, check=False
    )
