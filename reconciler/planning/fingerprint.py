"""Keyed fingerprints: what stands for a secret value wherever a plan is stored, shown or compared.

An unkeyed hash of a short or guessable value can be reversed by trying; an HMAC cannot without its key. HKDF keeps
the fingerprinting key apart from every other key that may be derived from the same material later.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reconciler.domain.value import Fingerprint, Hidden
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.domain.value import Secret

FINGERPRINT_LENGTH = 32
"""Hexadecimal digits kept of each HMAC: 128 bits, past any chance of two values sharing one."""

MINIMUM_KEY_LENGTH = 32
"""Characters that `RECONCILE_PLAN_KEY` must have, so that a word somebody thought up is refused."""

PLAN_ORIGIN = "plan"
"""What the id of a key begins with that `RECONCILE_PLAN_KEY` stands for; others come from API keys."""


class FingerprintKey:
    """Makes fingerprints under one key; `key_id` names the key without giving it away."""

    __slots__ = ("_key", "key_id")

    def __init__(self, material: Secret, *, origin: str) -> None:
        encoded = material.reveal().encode("utf-8", "surrogatepass")
        self._key = derive(encoded, b"fingerprint")
        self.key_id = f"{origin}-{derive(encoded, b'key id').hex()[:8]}"

    def fingerprint(self, value: Secret) -> Fingerprint:
        """Return the value's fingerprint: the same for the same text under the same key, and only then."""
        text = value.reveal().encode("utf-8", "surrogatepass")
        return Fingerprint(hmac.new(self._key, text, hashlib.sha256).hexdigest()[:FINGERPRINT_LENGTH])

    def hidden(self, value: Secret) -> Hidden:
        """Return what a plan says of a sensitive value."""
        return Hidden(self.fingerprint(value))


def plan_key(material: Secret) -> FingerprintKey:
    """Return the key that `RECONCILE_PLAN_KEY` stands for.

    Raises `UsageError` for one that is too short to be random.
    """
    if len(material.reveal()) < MINIMUM_KEY_LENGTH:
        raise UsageError(
            f"RECONCILE_PLAN_KEY is shorter than {MINIMUM_KEY_LENGTH} characters",
            remedy="make one with `openssl rand -base64 32` and keep it with your other secrets",
        )
    return FingerprintKey(material, origin=PLAN_ORIGIN)


def api_key_key(api_keys: list[Secret]) -> FingerprintKey:
    """Return the key derived from the API keys in use, for where there is no `RECONCILE_PLAN_KEY`."""
    joined = "\n".join(sorted({key.reveal() for key in api_keys}))
    return FingerprintKey(type(api_keys[0])(joined), origin="api")


def derive(material: bytes, purpose: bytes) -> bytes:
    """Return the 32 bytes that some key material gives for a purpose; from one purpose's none can tell another's."""
    return HKDF(algorithm=SHA256(), length=32, salt=b"reconcile v1", info=purpose).derive(material)
