"""Verifying: whether a signature is by a key that the allowed_signers file lists for the person named."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from reconciler.signatures.openssh import NAMESPACE, last_words, run_ssh_keygen

_GOOD = re.compile(r'^Good "[^"]*" signature for \S+ with \S+ key (SHA256:\S+)', re.MULTILINE)


def verify(message: bytes, signature: str, identity: str, signers: str) -> tuple[str | None, str | None]:
    """Return the fingerprint of the key that signed and no problem, or no fingerprint and what is wrong.

    `signers` is the text of an allowed_signers file; OpenSSH itself judges key, principal, namespace and validity.
    """
    with tempfile.TemporaryDirectory(prefix="reconcile-") as folder:
        listed, armored = Path(folder) / "allowed_signers", Path(folder) / "signature"
        _write(listed, signers)
        _write(armored, signature)
        completed = run_ssh_keygen(
            ["-Y", "verify", "-f", str(listed), "-I", identity, "-n", NAMESPACE, "-s", str(armored)], stdin=message
        )
    found = _GOOD.search(completed.stdout.decode(errors="replace"))
    if completed.returncode == 0 and found:
        return found.group(1), None
    return None, f"its signature does not hold for {identity} in allowed_signers ({last_words(completed)})"


def principals_of(message_signature: str, signers: str) -> list[str]:
    """Return the principals that the allowed_signers file lists for the key of a signature."""
    with tempfile.TemporaryDirectory(prefix="reconcile-") as folder:
        listed, armored = Path(folder) / "allowed_signers", Path(folder) / "signature"
        _write(listed, signers)
        _write(armored, message_signature)
        completed = run_ssh_keygen(["-Y", "find-principals", "-f", str(listed), "-s", str(armored)])
    if completed.returncode != 0:
        return []
    return [name for line in completed.stdout.decode(errors="replace").splitlines() for name in line.split(",") if name]


def _write(path: Path, text: str) -> None:
    """Write any text as it is, on every system; what is not Unicode at all is no name and no signature either."""
    path.write_bytes(text.encode("utf-8", "replace"))
