"""Running `sops`, whose output goes nowhere but into memory and whose complaints are told apart by its exit code.

https://github.com/getsops/sops/blob/main/cmd/sops/codes/codes.go lists the exit codes.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from reconciler.secrets.attempts import attempted
from reconciler.secrets.store import ForbiddenError, UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TAMPERED = (24, 25, 51, 52)
"""The checksum cannot be decrypted, or a value cannot, or the checksum differs, or there is none."""
NO_KEY = 128


async def decrypt(path: Path, encoding: str, output: str, environ: Mapping[str, str]) -> bytes:
    """Return what `sops` decrypts a file to; raises `UnresolvedError`, without a word of the program's own."""
    program = shutil.which("sops", path=environ.get("PATH"))
    if program is None:
        raise UnresolvedError("the program `sops` is not installed; install version 3.9 or newer of it")
    command = [program, "decrypt", "--input-type", encoding, "--output-type", output, str(path)]
    code, content = await attempted(lambda: _run(command, environ))
    if code == 0:
        return content
    if code in TAMPERED:
        raise UnresolvedError(
            "the file is not as sops wrote it: it was changed after it was encrypted; take it back from where it was "
            "whole, and change it with `sops edit` only"
        )
    if code == NO_KEY:
        raise ForbiddenError(
            "sops got none of the keys that open the file; set SOPS_AGE_KEY_FILE, or the credentials of the key "
            "service it is encrypted with, and see that it can be reached"
        )
    raise UnresolvedError(
        f"sops cannot decrypt the file (exit code {code}): it is not encrypted, or of another format than `{encoding}` "
        "(see `?format=`)"
    )


async def _run(command: list[str], environ: Mapping[str, str]) -> tuple[int, bytes]:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        raise UnresolvedError("the program `sops` cannot be started; see that it can be run by hand") from None
    try:
        content, _ = await process.communicate()
        return await process.wait(), content
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
