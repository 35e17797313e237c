"""Running `sops`, whose output goes nowhere but into memory and whose complaints are told apart by its exit code.

https://github.com/getsops/sops/blob/main/cmd/sops/codes/codes.go lists the exit codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.secrets.attempts import attempted
from reconciler.secrets.program import run
from reconciler.secrets.store import ForbiddenError, UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TAMPERED = (24, 25, 51, 52)
"""The checksum cannot be decrypted, or a value cannot, or the checksum differs, or there is none."""
NO_KEY = 128


async def decrypt(path: Path, encoding: str, output: str, environ: Mapping[str, str]) -> bytes:
    """Return what `sops` decrypts a file to; raises `UnresolvedError`, without a word of the program's own."""
    arguments = ["decrypt", "--input-type", encoding, "--output-type", output, str(path)]
    ended = await attempted(lambda: run("sops", arguments, environ, "version 3.9 or newer"))
    code, content = ended.code, ended.output
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
