"""The secret stores of a command: those of the references in services.yaml, in the environment it runs in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.secrets import SecretStores

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.domain.state import DesiredState


def secret_stores(desired: DesiredState, folder: Path, *, allow_outside: bool) -> SecretStores:
    """Return stores that hand out none of reconcile's own keys, those that environments name included."""
    own = [environment.api_key for environment in desired.environments.values()]
    return SecretStores(folder, os.environ, allow_outside=allow_outside, own_keys=own)
