"""Runs `ssh-keygen`, the one program that approvals need."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from reconciler.errors import ApprovalError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMESPACE = "reconcile-approval"
"""The signatures' purpose, by which OpenSSH keeps them apart from those for git commits or files."""


def run_ssh_keygen(
    arguments: Sequence[str], *, stdin: bytes | None = None, interactive: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Run `ssh-keygen`; it may ask for a passphrase on the terminal only when `interactive`.

    Raises `ApprovalError` where OpenSSH's client is not installed or cannot be run with such arguments.
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ApprovalError(
            "approvals need OpenSSH's `ssh-keygen`, which is not installed here",
            remedy="install OpenSSH's client (Debian: openssh-client, macOS: part of the system)",
        )
    try:
        return subprocess.run(  # noqa: S603 — a fixed program, arguments never pass a shell
            [program, *arguments],
            input=stdin,
            stdin=None if stdin is not None or interactive else subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError) as error:
        # Text that no argument can hold, such as a null character.
        raise ApprovalError(f"ssh-keygen could not be run ({type(error).__name__})") from error


def last_words(completed: subprocess.CompletedProcess[bytes]) -> str:
    """Return what the program said last, for an error message."""
    lines = (completed.stderr or completed.stdout).decode(errors="replace").strip().splitlines()
    # The prompt has no line end of its own, so what follows stands behind it.
    return (
        lines[-1].removeprefix("Enter passphrase: ").strip()
        if lines
        else f"it ended with status {completed.returncode}"
    )
