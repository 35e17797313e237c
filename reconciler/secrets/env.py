"""`env://NAME`: a variable of the environment that reconcile itself runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.secrets.batch import one_by_one
from reconciler.secrets.store import MissingError, UnresolvedError, check_parameters, check_text, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret
    from reconciler.secrets.store import Answer, Surroundings


def open_store(surroundings: Surroundings) -> EnvStore:
    """Return the store of the command's own environment."""
    return EnvStore(surroundings.environ, surroundings.own_keys)


class EnvStore:
    """Reads a mapping such as `os.environ`; reconcile's own keys are not for services."""

    def __init__(self, environ: Mapping[str, str], own_keys: AbstractSet[str]) -> None:
        self._environ = environ
        self._own_keys = own_keys

    async def fetch(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Answer]:
        """Answer each reference with its variable's value."""
        return one_by_one(references, self._value)

    def _value(self, reference: SecretRef) -> Secret:
        name = reference.path
        check_parameters(reference)
        if reference.pointer is not None:
            raise UnresolvedError("`env` takes no `#/pointer`; the variable's whole value is the secret")
        if not name:
            raise UnresolvedError("it names no variable; write `env://NAME`")
        if {name, name.upper()} & self._own_keys:  # Windows does not tell capital letters from small ones
            raise UnresolvedError(f"{name} is reconcile's own key and must not be given to a service")
        if name not in self._environ:
            near = nearest(name, self._environ.keys() - self._own_keys)
            raise MissingError(f"{name} is not set in the environment that reconcile runs in; set it{near}")
        value = self._environ[name]
        # Bytes that are not UTF-8 arrive as lone surrogates (PEP 383).
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise UnresolvedError("the variable's value is not valid UTF-8; encode binary data, as base64 for example")
        return check_text(value)
