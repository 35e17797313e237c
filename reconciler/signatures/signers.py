"""The allowed_signers file: who may sign with which key (its format is in ssh-keygen(1), ALLOWED SIGNERS)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import shlex

from reconciler.domain.approval import Signer
from reconciler.errors import ApprovalError

KEY_TYPES = ("ssh-", "ecdsa-", "sk-")
WILDCARDS = frozenset("*?!")


def parse_signers(text: str, name: str) -> list[Signer]:
    """Read the signers of an allowed_signers file; `name` is the file's, for messages.

    Raises `ApprovalError` for a line that cannot be read, and for what would let in people whom nobody listed: a
    principal with a wildcard, or a certificate authority.
    """
    signers = []
    # OpenSSH ends lines at line feeds only.
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip(" \t\r")
        if stripped and not stripped.startswith("#"):
            if not stripped.replace("\t", " ").isprintable():
                raise ApprovalError(f"{name}:{number}: it has a character that cannot be seen")
            signers.append(_signer(stripped, f"{name}:{number}"))
    return signers


def _signer(line: str, place: str) -> Signer:
    try:
        fields = shlex.split(line, comments=False, posix=True)
    except ValueError:
        raise ApprovalError(f"{place}: a quote is not closed") from None
    kind = next((index for index, field in enumerate(fields) if index > 0 and field.startswith(KEY_TYPES)), None)
    if kind is None or kind + 1 >= len(fields):
        raise ApprovalError(f"{place}: not a line of `principals [options] key-type key`")
    principals = tuple(principal for principal in fields[0].split(",") if principal)
    options = [option.strip().lower() for field in fields[1:kind] for option in field.split(",")]
    if any(WILDCARDS & set(principal) for principal in principals):
        raise ApprovalError(f"{place}: a principal with a wildcard could be anybody; list each approver by name")
    if "cert-authority" in options:
        raise ApprovalError(f"{place}: a certificate authority vouches for keys that nobody listed; list each key")
    return Signer(principals, _fingerprint(fields[kind + 1], place), tuple(fields[1:kind]))


def _fingerprint(key: str, place: str) -> str:
    try:
        blob = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raise ApprovalError(f"{place}: the key is not base64") from None
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
