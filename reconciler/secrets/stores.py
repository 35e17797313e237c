"""The secret stores: a table from a reference's scheme to the module that fetches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.value import Secret
from reconciler.errors import Problem
from reconciler.secrets.dotenv import DotenvStore
from reconciler.secrets.env import EnvStore
from reconciler.secrets.file import FileStore
from reconciler.secrets.folder import Folder
from reconciler.secrets.store import UnresolvedError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from reconciler.domain.definition import SecretRef
    from reconciler.secrets.store import Store

OWN_KEYS = frozenset({"RENDER_API_KEY", "RECONCILE_PLAN_KEY"})
SHORTEST_KEY = 12
NOT_YET = frozenset(
    {
        "awssecrets",
        "awsssm",
        "azurekeyvault",
        "doppler",
        "gcpsecrets",
        "infisical",
        "keyring",
        "op",
        "sops",
        "vault",
    }
)
"""Schemes of the language that have no module here."""


class SecretStores:
    """Fetches each distinct reference once in its lifetime: one for the plan, a new one for the apply.

    Paths are relative to `folder`, that of `services.yaml`. `own_keys` are variables beside reconcile's own that no
    service may have: those that environments name as their `api_key`. Neither their names nor what they hold is
    handed out, wherever it was found.
    """

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        *,
        allow_outside: bool = False,
        own_keys: Collection[str] = (),
    ) -> None:
        files = Folder(folder, allow_outside=allow_outside)
        own = OWN_KEYS | frozenset(own_keys)
        self._own_values = {
            name: Secret(environ[name].strip()) for name in sorted(own) if environ.get(name, "").strip()
        }
        self._stores: Mapping[str, Store] = {
            "dotenv": DotenvStore(files),
            "env": EnvStore(environ, own),
            "file": FileStore(files),
        }
        self._fetched: dict[SecretRef, Secret | Problem] = {}

    async def resolve(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Secret | Problem]:
        """Fetch each distinct reference once; what could not be had comes back as a problem without a location."""
        for reference in dict.fromkeys(references):
            if reference not in self._fetched:
                self._fetched[reference] = await self._fetch(reference)
        return {reference: self._fetched[reference] for reference in references}

    async def _fetch(self, reference: SecretRef) -> Secret | Problem:
        try:
            value = await self._store(reference.scheme).fetch(reference)
            self._check_not_own(value)
        except UnresolvedError as error:
            return Problem(f"{reference}: {error}")
        return value

    def _check_not_own(self, value: Secret) -> None:
        text = value.reveal()
        for name, own in self._own_values.items():
            # Within longer text a key is known by its length: a short one would be found everywhere.
            if text.strip() == own.reveal() or (len(own.reveal()) >= SHORTEST_KEY and own.reveal() in text):
                raise UnresolvedError(
                    f"the value is, or holds, that of {name}, which is reconcile's own key and must not be given to a "
                    "service; refer to another secret"
                )

    def _store(self, scheme: str) -> Store:
        if scheme in self._stores:
            return self._stores[scheme]
        available = ", ".join(f"`{name}`" for name in sorted(self._stores))
        if scheme in NOT_YET:
            raise UnresolvedError(f"the scheme `{scheme}` is not available yet; available are {available}")
        raise UnresolvedError(
            f"there is no scheme `{scheme}`{nearest(scheme, [*self._stores, *NOT_YET])}; available are {available}"
        )
