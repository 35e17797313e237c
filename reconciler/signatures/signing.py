"""Signing: an approver's key, in a file, an agent or a hardware token, signs the statement of an approval."""

from __future__ import annotations

import tempfile
from pathlib import Path

from reconciler.errors import ApprovalError
from reconciler.signatures.openssh import NAMESPACE, last_words, run_ssh_keygen


def sign(message: bytes, key: Path) -> str:
    """Return the armored signature of a message by a private key, or by the agent that holds a public key's other half.

    Raises `ApprovalError` when OpenSSH does not sign: no such key, a wrong passphrase, an agent without it.
    """
    if not key.is_file():
        raise ApprovalError(
            f"no key file {key}", remedy="name your SSH key with --key FILE (private, or public with an agent)"
        )
    with tempfile.TemporaryDirectory(prefix="reconcile-") as folder:
        # Signing a file rather than standard input leaves the terminal free to ask for a passphrase.
        statement = Path(folder) / "statement"
        statement.write_bytes(message)
        completed = run_ssh_keygen(["-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(statement)], interactive=True)
        signature = statement.with_suffix(".sig")
        if completed.returncode != 0 or not signature.is_file():
            said = last_words(completed)
            raise ApprovalError(f"ssh-keygen did not sign with {key}: {said}", remedy=_remedy(key, said))
        return signature.read_text(encoding="ascii")


def _remedy(key: Path, said: str) -> str | None:
    """Return what to do about OpenSSH's last words; its client says "incorrect" also where it could ask nobody."""
    private = key.with_suffix("") if key.suffix == ".pub" else key
    if "passphrase" in said:
        return f"type its passphrase on a terminal, or give the key to an agent first: ssh-add {private}"
    if "No private key found" in said or "agent" in said:
        return f"give the key to the agent that SSH_AUTH_SOCK leads to: ssh-add {private}"
    return None
