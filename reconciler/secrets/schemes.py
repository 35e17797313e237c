"""The table of schemes: which module answers, and which extra brings the client that it needs."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from reconciler.secrets.store import UnresolvedError, nearest

if TYPE_CHECKING:
    from reconciler.secrets.store import Store, Surroundings


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one scheme of the language is answered."""

    module: str
    """A module of this package that has `open_store`; it is imported when a reference needs it, and only then."""
    extra: str | None = None
    """The extra of the distribution `render-reconciler` that brings what the module imports."""


SCHEMES = {
    "awssecrets": Scheme("aws.secrets_manager", extra="aws"),
    "awsssm": Scheme("aws.parameter_store", extra="aws"),
    "azurekeyvault": Scheme("azurekeyvault", extra="azure"),
    "doppler": Scheme("doppler"),
    "dotenv": Scheme("dotenv"),
    "env": Scheme("env"),
    "file": Scheme("file"),
    "gcpsecrets": Scheme("gcpsecrets", extra="gcp"),
    "infisical": Scheme("infisical"),
    "keyring": Scheme("keyring", extra="keyring"),
    "op": Scheme("op"),
    "sops": Scheme("sops"),
    "vault": Scheme("vault", extra="vault"),
}


class _Module(Protocol):
    """What each module of the table has."""

    def open_store(self, surroundings: Surroundings) -> Store: ...


def open_store(name: str, surroundings: Surroundings) -> Store:
    """Return the store of a scheme; raises `UnresolvedError` where it cannot be had here."""
    if name not in SCHEMES:
        known = ", ".join(f"`{known}`" for known in sorted(SCHEMES))
        raise UnresolvedError(f"there is no scheme `{name}`{nearest(name, SCHEMES)}; known are {known}")
    scheme = SCHEMES[name]
    try:
        module = cast("_Module", importlib.import_module(f"reconciler.secrets.{scheme.module}"))
    except ModuleNotFoundError as error:
        if scheme.extra is None or (error.name or "").partition(".")[0] == "reconciler":
            raise
        raise UnresolvedError(
            f"the client that `{name}` needs is not installed; install it with "
            f"`pip install 'render-reconciler[{scheme.extra}]'`"
        ) from None
    return module.open_store(surroundings)
