"""PEM: certificates and keys as text between BEGIN and END lines, read by `cryptography`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.value_types.option import one_of
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

_KINDS = ("certificate", "private_key", "public_key")


def _pem(options: TypeOptions, text: str) -> str | None:
    if "-----BEGIN " not in text:
        return "the value is not PEM: it must have a BEGIN and an END line and what stands between them"
    if "\\n" in text and "\n" not in text.strip():
        return "the value has `\\n` written out: PEM needs real line breaks"
    kind = options.get("kind")
    kinds = (kind,) if isinstance(kind, str) else _KINDS
    if any(_reads_as(kind, text.encode("utf-8", "replace")) for kind in kinds):
        return None
    wanted = " or ".join(kind.replace("_", " ") for kind in kinds)
    return f"the value cannot be read as PEM of a {wanted}: copy all of it, with its first and last line"


def _reads_as(kind: str, data: bytes) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 — slow to import, and few files have PEM

    try:
        _read(kind, data)
    except ValueError:
        return False
    except (UnsupportedAlgorithm, TypeError):
        # A key of an algorithm that this library lacks, or one that needs a password: both may be what is meant.
        return True
    return True


def _read(kind: str, data: bytes) -> object:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 — slow to import
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 — the same

    match kind:
        case "certificate":
            return load_pem_x509_certificates(data)
        case "public_key":
            return serialization.load_pem_public_key(data)
        case _ if b"BEGIN OPENSSH PRIVATE KEY" in data:
            return serialization.load_ssh_private_key(data, password=None)
        case _:
            return serialization.load_pem_private_key(data, password=None)


PEM = ValueType("pem", _pem, options={"kind": one_of(*_KINDS)}, credential=True)
