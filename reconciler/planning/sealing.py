"""Sealing: values that a rollback may need again, encrypted for the journal under `RECONCILE_PLAN_KEY`.

Each value has a key of its own, derived for the run and the address that it belongs to: what was sealed for one place
cannot be read at another, so nobody who may write to the store can swap two values. Fernet (AES-128 in CBC mode with
an HMAC) hides the text and shows every change to it; how long the text is can be told to 16 bytes.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken

from reconciler.domain.value import Sealed, Secret
from reconciler.errors import StoreError
from reconciler.planning.canonical import canonical_json
from reconciler.planning.fingerprint import derive

if TYPE_CHECKING:
    from reconciler.domain.address import Address


class SealingKey:
    """Encrypts values for the journal and reads them back; made of what `RECONCILE_PLAN_KEY` holds."""

    __slots__ = ("_material",)

    def __init__(self, material: Secret) -> None:
        self._material = material.reveal().encode("utf-8", "surrogatepass")

    def seal(self, value: Secret, run_id: int, address: Address) -> Sealed:
        """Encrypt a value that a run is about to replace or delete at an address."""
        text = value.reveal().encode("utf-8", "surrogatepass")
        return Sealed(self._fernet(run_id, address).encrypt(text).decode("ascii"))

    def unseal(self, sealed: Sealed, run_id: int, address: Address) -> Secret:
        """Return the value that was sealed for this run and address.

        Raises `StoreError` for one that was sealed under another key or for another place, or was changed since.
        """
        try:
            text = self._fernet(run_id, address).decrypt(sealed.encode("utf-8", "backslashreplace"))
            return Secret(text.decode("utf-8", "surrogatepass"))
        except (InvalidToken, UnicodeDecodeError):
            # Not the cause: nothing may hold on to what was decrypted, were it only half of it.
            raise StoreError(
                f"{address}: the value that run {run_id} kept cannot be read: it was encrypted under another "
                "RECONCILE_PLAN_KEY, or the journal was changed since",
                remedy="set the RECONCILE_PLAN_KEY that the run had; if it is that one, restore the journal from a "
                "backup, or set the value by hand",
            ) from None

    def _fernet(self, run_id: int, address: Address) -> Fernet:
        purpose = canonical_json({"purpose": "sealing", "run": run_id, "address": str(address)})
        return Fernet(base64.urlsafe_b64encode(derive(self._material, purpose)))
