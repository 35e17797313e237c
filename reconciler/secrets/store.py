"""What the module of a scheme offers: fetch one reference, or say why not."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Protocol

from reconciler.domain.value import Secret

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.domain.definition import SecretRef

LIMIT = 1024 * 1024
"""Bytes of one value: Render's bound for secret files. The smaller one for variables is checked where they are known
to be variables; a reference alone does not tell."""


class UnresolvedError(Exception):
    """A reference without a usable value; its text is a clause with cause and remedy, and never holds a value."""


class Store(Protocol):
    """Fetches the references of one scheme."""

    async def fetch(self, reference: SecretRef) -> Secret:
        """Return the value byte for byte, or raise `UnresolvedError`."""
        ...


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
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT:
        raise UnresolvedError("the value is larger than 1 MiB, which is more than Render takes")
    return Secret(text)


def nearest(name: str, known: Collection[str]) -> str:
    """Return `; did you mean …?` for the nearest of the known names, or nothing."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""
