"""A value that may be secret, and the keyed fingerprint that stands for it wherever people look."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import NewType, NoReturn

Fingerprint = NewType("Fingerprint", str)
"""A keyed hash of a value, in hexadecimal: equal values under one key have equal fingerprints."""

Sealed = NewType("Sealed", str)
"""A value encrypted under `RECONCILE_PLAN_KEY`, for the journal, as text."""


class Secret:
    """Text that must not be seen by accident: it shows itself only to who calls `reveal`.

    Every value read from Render or from a secret store is one, because whether it is sensitive is not known from the
    value. It cannot be formatted, pickled, hashed or ordered; comparing takes the same time wherever texts differ.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; the caller answers for where it goes."""
        return self._text

    @property
    def is_empty(self) -> bool:
        """Whether there is no text at all."""
        return not self._text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_encoded(self._text), _encoded(other._text))

    __hash__ = None  # type: ignore[assignment]  # a hash of the text would outlive it in sets and dictionaries

    def __repr__(self) -> str:
        return "Secret(…)"

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        message = "a Secret cannot be serialised"
        raise TypeError(message)


def _encoded(text: str) -> bytes:
    # Lone surrogates cannot be encoded strictly; they still have to compare, not to crash.
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Shown:
    """One side of a change whose value a definition says is not sensitive."""

    value: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """One side of a change whose value is sensitive: only its fingerprint is known here."""

    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class KnownAfterApply:
    """One side of a change whose value is made, or becomes readable, only while the plan is applied."""


Side = Shown | Hidden | KnownAfterApply
"""What a plan says of a value before or after a change; `None` beside it means that there is no value."""
