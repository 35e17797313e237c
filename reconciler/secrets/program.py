"""Running a store's own program: what it prints goes nowhere but into memory."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.secrets.store import UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AT_ONCE = 4
"""Copies of a program that run together."""


@dataclass(frozen=True, slots=True, repr=False)
class Ended:
    """A program that has ended."""

    code: int
    output: bytes
    complaint: str
    """What it wrote to its standard error, to tell cases apart; it is never shown."""


async def run(name: str, arguments: Sequence[str], environ: Mapping[str, str], version: str) -> Ended:
    """Run a program to its end; raises `UnresolvedError` where it is not installed or cannot be started.

    `version` says which one to install. Whoever stops waiting stops the program.
    """
    found = shutil.which(name, path=environ.get("PATH"))
    if found is None:
        raise UnresolvedError(f"the program `{name}` is not installed; install {version} of it")
    try:
        process = await asyncio.create_subprocess_exec(
            found,
            *arguments,
            env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError:
        raise UnresolvedError(f"the program `{name}` cannot be started; see that it can be run by hand") from None
    try:
        output, complaint = await process.communicate()
        return Ended(await process.wait(), output, complaint.decode("utf-8", "replace"))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
