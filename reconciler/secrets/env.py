"""`env://NAME`: a variable of the environment that reconcile itself runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.secrets.store import UnresolvedError, check_parameters, check_text, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.value import Secret


class EnvStore:
    """Reads a mapping such as `os.environ`; reconcile's own keys are not for services."""

    def __init__(self, environ: Mapping[str, str], own_keys: AbstractSet[str]) -> None:
        self._environ = environ
        self._own_keys = own_keys

    async def fetch(self, reference: SecretRef) -> Secret:
        """Return the variable's value, or raise `UnresolvedError`."""
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
            raise UnresolvedError(f"{name} is not set in the environment that reconcile runs in; set it{near}")
        value = self._environ[name]
        # Bytes that are not UTF-8 arrive as lone surrogates (PEP 383).
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise UnresolvedError("the variable's value is not valid UTF-8; encode binary data, as base64 for example")
        return check_text(value)
