"""Keys from the environment: Render's API keys, and the key that fingerprints are made under."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.domain.value import Secret
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.domain.state import Environment
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.sealing import SealingKey

PLAN_KEY = "RECONCILE_PLAN_KEY"


def api_keys(environments: Iterable[Environment]) -> dict[str, Secret]:
    """Return each environment's API key; raises `UsageError` naming the variables that are not set."""
    found: dict[str, Secret] = {}
    missing: dict[str, list[str]] = {}
    for environment in environments:
        text = os.environ.get(environment.api_key, "").strip()
        if text:
            found[environment.name] = Secret(text)
        else:
            missing.setdefault(environment.api_key, []).append(environment.name)
    if missing:
        names = "; ".join(f"{variable} (for {', '.join(needing)})" for variable, needing in missing.items())
        raise UsageError(
            f"no API key: set {names}", remedy="make one at Render, under Account Settings; it stays in the environment"
        )
    return found


def fingerprint_key(keys: Mapping[str, Secret], *, required: bool) -> FingerprintKey:
    """Return the key that fingerprints are made under: `RECONCILE_PLAN_KEY`, else one derived from the API keys.

    It is required for the plan file of a protected environment, where who plans and who applies have different API
    keys. Raises `UsageError` where it is missing then.
    """
    from reconciler.planning.fingerprint import api_key_key, plan_key  # noqa: PLC0415 — cryptography is slow to load

    text = os.environ.get(PLAN_KEY, "").strip()
    if text:
        return plan_key(Secret(text))
    if required:
        raise UsageError(
            f"a plan file for a protected environment needs {PLAN_KEY}, which fingerprints in it are made under",
            remedy="make one with `openssl rand -base64 32`, and set the same where you plan and where you apply",
        )
    return api_key_key(list(keys.values()))


def sealing_key() -> SealingKey | None:
    """Return the key that the journal keeps values under; `None` without `RECONCILE_PLAN_KEY`: then it keeps none.

    Raises `UsageError` for one that is too short to be random.
    """
    from reconciler.planning.fingerprint import plan_key  # noqa: PLC0415 — cryptography is slow to load
    from reconciler.planning.sealing import SealingKey  # noqa: PLC0415 — the same

    text = os.environ.get(PLAN_KEY, "").strip()
    if not text:
        return None
    plan_key(Secret(text))
    return SealingKey(Secret(text))
