"""The secret stores of a command: those of the references in services.yaml, in the environment it runs in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.cli.runner import mask
from reconciler.domain.value import Secret
from reconciler.secrets import SecretStores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.state import DesiredState
    from reconciler.errors import Problem
    from reconciler.ports import SecretResolver


def secret_stores(desired: DesiredState, folder: Path, *, allow_outside: bool) -> SecretResolver:
    """Return stores that hand out none of reconcile's own keys, those that environments name included."""
    own = [environment.api_key for environment in desired.environments.values()]
    return MaskedStores(SecretStores(folder, os.environ, allow_outside=allow_outside, own_keys=own))


class MaskedStores:
    """Has the runner of GitHub's Actions hide each value before anything is done with it."""

    def __init__(self, stores: SecretResolver) -> None:
        self._stores = stores
        self._masked: set[SecretRef] = set()

    async def resolve(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Secret | Problem]:
        """Fetch each distinct reference."""
        found = await self._stores.resolve(references)
        new = {reference: value for reference, value in found.items() if reference not in self._masked}
        mask(value for value in new.values() if isinstance(value, Secret))
        self._masked.update(new)
        return found
