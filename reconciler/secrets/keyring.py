"""`keyring://SERVICE/USERNAME[#/pointer]`: the keyring of this machine's user, by the library `keyring`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import keyring
from keyring import errors

from reconciler.secrets.attempts import in_thread
from reconciler.secrets.batch import by_place
from reconciler.secrets.json_value import parse_json, pointed
from reconciler.secrets.silence import silence
from reconciler.secrets.store import ForbiddenError, MissingError, UnresolvedError, check_parameters, check_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer, Surroundings

SECONDS = 60.0
"""The system may ask the user to unlock the keyring, which takes a while."""


def open_store(_surroundings: Surroundings) -> KeyringStore:
    """Return the store of the user's keyring."""
    silence("keyring")
    return KeyringStore()


class KeyringStore:
    """Reads passwords, one after the other: the system may ask the user about the first."""

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference with its password."""
        return await by_place(references, _place, _read, _pick, at_once=1)


def _place(reference: SecretRef) -> tuple[str, str]:
    check_parameters(reference)
    service, _, username = reference.path.rpartition("/")
    if not service or not username:
        raise UnresolvedError("it does not name a service and a user; write `keyring://SERVICE/USERNAME`")
    return service, username


async def _read(place: tuple[str, str]) -> str:
    try:
        async with asyncio.timeout(SECONDS):
            return await in_thread(lambda: _password(*place))
    except TimeoutError:
        raise UnresolvedError(
            f"the keyring did not answer within {SECONDS:.0f} s; see whether it waits to be unlocked"
        ) from None


def _password(service: str, username: str) -> str:
    try:
        found = keyring.get_password(service, username)
    except errors.KeyringLocked:
        failure: UnresolvedError = ForbiddenError("the keyring is locked; unlock it, then run this again")
    except errors.NoKeyringError:
        failure = UnresolvedError("this machine has no keyring that can be used; see `keyring diagnose`")
    except Exception:  # noqa: BLE001 — backends raise what they like, with any text in it
        failure = UnresolvedError("the keyring cannot be read; see that `keyring get` works by hand")
    else:
        if found is not None:
            return found
        failure = MissingError(f"the keyring has no password of `{username}` for `{service}`; see `keyring set`")
    raise failure


def _pick(content: str, reference: SecretRef) -> Secret:
    if reference.pointer is None:
        return check_text(content)
    return pointed(parse_json(content, "the password"), reference.pointer)
