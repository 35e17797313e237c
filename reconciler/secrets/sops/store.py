"""The store of `sops://`: each file is decrypted once, and once more where a reference wants it whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.secrets.batch import by_place
from reconciler.secrets.json_value import parse_json, pointed
from reconciler.secrets.program import AT_ONCE
from reconciler.secrets.sops.metadata import check_vault_address
from reconciler.secrets.sops.program import decrypt
from reconciler.secrets.store import LIMIT, UnresolvedError, check_parameters, check_text, decoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer, Surroundings

ENCODINGS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "dotenv", ".ini": "ini"}
"""What `sops` takes a file for by its name; `binary` all others."""
FORMATS = ("yaml", "json", "dotenv", "ini", "binary")
LARGEST = 8 * LIMIT
"""Bytes of an encrypted file, which is longer than its values and may hold those of many services."""
REPLACEMENT = "\ufffd"


def open_store(surroundings: Surroundings) -> SopsStore:
    """Return the store of the encrypted files beside `services.yaml`."""
    return SopsStore(surroundings)


@dataclass(frozen=True, slots=True)
class Place:
    """One run of the program."""

    path: str
    encoding: str
    whole: bool


class SopsStore:
    """Has `sops` decrypt files, into memory only."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._folder = surroundings.folder
        # What decrypts needs no key of ours.
        self._environ = {name: text for name, text in surroundings.environ.items() if name not in surroundings.own_keys}

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference from its file: a part of it by a pointer, else all of it."""
        return await by_place(references, _place, self._decrypted, _pick, at_once=AT_ONCE)

    async def _decrypted(self, place: Place) -> bytes:
        path = self._folder.locate(place.path)
        check_vault_address(
            decoded(self._folder.read(place.path, limit=LARGEST), "encrypted file"), place.encoding, self._environ
        )
        return await decrypt(path, place.encoding, place.encoding if place.whole else "json", self._environ)


def _place(reference: SecretRef) -> Place:
    check_parameters(reference, ("format",))
    encoding = dict(reference.parameters).get("format") or ENCODINGS.get(Path(reference.path).suffix, "binary")
    if encoding not in FORMATS:
        raise UnresolvedError(f"`format` is one of {', '.join(f'`{known}`' for known in FORMATS)}")
    if encoding == "binary" and reference.pointer is not None:
        raise UnresolvedError("a binary file has no parts; leave out the `#/…`, or say which it is with `?format=`")
    return Place(reference.path, encoding, whole=reference.pointer is None)


def _pick(content: bytes, reference: SecretRef) -> Secret:
    if reference.pointer is None:
        return check_text(decoded(content, "decrypted file"))
    value = pointed(parse_json(content, "what sops made of the file"), reference.pointer)
    if REPLACEMENT in value.reveal():
        # The program writes this for bytes that are no text, instead of failing.
        raise UnresolvedError("the value is not text; encode it, as base64 for example")
    return value
