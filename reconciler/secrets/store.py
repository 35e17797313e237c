"""What the module of a scheme offers: answer a run's references of that scheme, or say for each why not."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from reconciler.domain.unresolved import Cause
from reconciler.domain.value import Secret

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reconciler.domain.definition import SecretRef
    from reconciler.secrets.folder import Folder

LIMIT = 1024 * 1024
"""Bytes of one value: Render's bound for secret files. The smaller one for variables is checked where they are known
to be variables; a reference alone does not tell."""


class UnresolvedError(Exception):
    """A reference without a usable value; its text is a clause with cause and remedy, and never holds a value."""

    cause: ClassVar[Cause] = Cause.FAILED


class MissingError(UnresolvedError):
    """The store was asked and has no such secret, or no such key in it."""

    cause = Cause.MISSING


class ForbiddenError(UnresolvedError):
    """The store refuses: the credentials are missing, expired or not allowed to read this."""

    cause = Cause.FORBIDDEN


class PassingError(UnresolvedError):
    """A failure that may be over in a moment, so that another attempt is worth its while."""


class UnreachableError(PassingError):
    """The store cannot be reached at all, which is so for whatever it is asked."""


Answer = Secret | UnresolvedError
"""What a store says to one reference."""


class Store(Protocol):
    """Answers the references of one scheme."""

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each of these distinct references: its value byte for byte, or why there is none.

        All of a run's references come in one call, so that a store can ask for many at once; it bounds by itself how
        much it asks for at a time.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a store may know of the place where the command runs."""

    folder: Folder
    environ: Mapping[str, str]
    own_keys: frozenset[str]
    """Names of reconcile's own keys, which no store hands out."""


def check_parameters(reference: SecretRef, known: Collection[str] = ()) -> None:
    """Raise `UnresolvedError` for parameters that the scheme does not know, or that are given twice."""
    names = [name for name, _ in reference.parameters]
    takes = f"`{reference.scheme}` takes {', '.join(f'`{name}`' for name in known) or 'none'}"
    for name in names:
        if name not in known:
            raise UnresolvedError(f"unknown parameter `{name}`; {takes}")
        if names.count(name) > 1:
            raise UnresolvedError(f"parameter `{name}` is given twice; keep one")


def check_text(text: str) -> Secret:
    """Return a value that can be one, or raise `UnresolvedError` for an empty one, NUL or what is too long."""
    if not text:
        raise UnresolvedError("the value is empty, which Render does not accept; put the value there")
    if "\0" in text:
        raise UnresolvedError("the value holds a NUL character, so it is not text; encode it, as base64 for example")
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:  # half a character, as JSON can spell it; the error's text would quote it
        size = -1
    if size < 0:
        raise UnresolvedError("the value is not valid Unicode, so it is not text; encode it, as base64 for example")
    if size > LIMIT:
        raise UnresolvedError("the value is larger than 1 MiB, which is more than Render takes")
    return Secret(text)


def decoded(content: bytes, noun: str) -> str:
    """Return bytes as text; raises `UnresolvedError` for what is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
    raise UnresolvedError(
        f"the {noun} is not text: byte {place + 1} is not valid UTF-8; encode binary data, as base64 for example"
    )


def nearest(name: str, known: Collection[str]) -> str:
    """Return `; did you mean …?` for the nearest of the known names, or nothing."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""
