"""Variables and secret files: what Render accepts, in which order it lists them, and what it refuses.

Both are lists of named texts with the same endpoints, on services and on groups, so one module serves all four.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.record import Entry
from reconciler.sandbox.refusal import bad_request, not_found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEY = re.compile(r"[A-Za-z_.-][A-Za-z0-9_.-]*", re.ASCII)
_RESERVED = re.compile(r"RENDER(_.*)?", re.DOTALL)
_FILES_TOGETHER = 1_000_000
_GENERATED_BYTES = 32

# Starts at the time of day, so that places go on rising when a state file is loaded by a later process.
_places = count(time.time_ns())


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two kinds of entries, and how Render names its parts."""

    resource: str
    name_field: str
    text_field: str

    def payload(self, entry: Entry) -> dict[str, str]:
        """Return an entry as Render writes it."""
        return {self.name_field: entry.name, self.text_field: entry.text}

    def check_name(self, name: object) -> str:
        """Return a usable name, or refuse with 400."""
        if not isinstance(name, str) or not name:
            raise bad_request(f"{self.name_field} must be a non-empty string")
        if self is VARIABLES:
            if not _KEY.fullmatch(name):
                raise bad_request(
                    f"invalid environment variable key: {name}: must consist of letters, digits, '_', '-' or '.' "
                    "and must not start with a digit"
                )
            if _RESERVED.fullmatch(name):
                raise bad_request(f"invalid environment variable key: {name}: reserved by Render")
        elif name in {".", ".."} or "/" in name or "\0" in name:
            raise bad_request(f"invalid secret file name: {name}")
        return name

    def text_of(self, payload: object) -> str:
        """Return the value or content that a body asks for, or refuse with 400."""
        if not isinstance(payload, dict):
            raise bad_request("invalid JSON body: expected an object")
        if self is VARIABLES and payload.get("generateValue") is True and "value" not in payload:
            return base64.b64encode(secrets.token_bytes(_GENERATED_BYTES)).decode()
        text = payload.get(self.text_field)
        if not isinstance(text, str):
            raise bad_request(f"{self.text_field} must be a string")
        if not text:
            raise bad_request(f"{self.text_field} must not be empty")
        return text


VARIABLES = Kind("envVar", "key", "value")
FILES = Kind("secretFile", "name", "content")


@dataclass(slots=True)
class Holding:
    """What one service or group has of its own."""

    env_vars: dict[str, Entry] = field(default_factory=dict)
    secret_files: dict[str, Entry] = field(default_factory=dict)

    def of(self, kind: Kind) -> dict[str, Entry]:
        """Return the entries of a kind by name."""
        return self.env_vars if kind is VARIABLES else self.secret_files

    def get(self, kind: Kind, name: str) -> Entry:
        """Return one entry, or refuse with 404."""
        entry = self.of(kind).get(name)
        if entry is None:
            raise not_found(name)
        return entry

    def listed(self, kind: Kind, after: int | None = None) -> Iterator[tuple[int, Entry]]:
        """Yield the entries as Render lists them: the last written first, whatever the order in the request."""
        for entry in sorted(self.of(kind).values(), key=lambda entry: entry.place, reverse=True):
            if after is None or entry.place < after:
                yield entry.place, entry

    def put(self, kind: Kind, name: str, text: str) -> Entry:
        """Add or replace one entry."""
        self._fits(kind, {**{entry.name: entry.text for entry in self.of(kind).values()}, name: text})
        entry = Entry(name, text, next(_places))
        self.of(kind)[name] = entry
        return entry

    def replace(self, kind: Kind, texts: Mapping[str, str]) -> list[Entry]:
        """Replace everything: what is not given is gone, and an empty body wipes, as on Render."""
        self._fits(kind, texts)
        entries = [Entry(name, text, next(_places)) for name, text in texts.items()]
        self.of(kind).clear()
        self.of(kind).update((entry.name, entry) for entry in entries)
        return entries

    def delete(self, kind: Kind, name: str) -> None:
        """Delete one entry, or refuse with 404."""
        self.get(kind, name)
        del self.of(kind)[name]

    def values(self) -> dict[str, str]:
        """Return the variables as a process would see them."""
        return {entry.name: entry.text for entry in self.env_vars.values()}

    @staticmethod
    def _fits(kind: Kind, texts: Mapping[str, str]) -> None:
        if kind is FILES and sum(len(text.encode()) for text in texts.values()) > _FILES_TOGETHER:
            raise bad_request("secret files must not exceed 1 MB together")


def texts_of(kind: Kind, payload: object) -> dict[str, str]:
    """Return names and texts of a replace-all body; `null` and `[]` are both an order to wipe."""
    if payload is None:
        return {}
    if not isinstance(payload, list):
        raise bad_request("invalid JSON body: expected an array")
    texts: dict[str, str] = {}
    for item in payload:
        members: dict[str, Any] = item if isinstance(item, dict) else {}
        name = kind.check_name(members.get(kind.name_field))
        if name in texts:
            raise bad_request(f"duplicate {kind.name_field}: {name}")
        texts[name] = kind.text_of(members)
    return texts
