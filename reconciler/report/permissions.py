"""The permissions of a plan, in the words that gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.plan import OnFailure

if TYPE_CHECKING:
    from reconciler.domain.plan import Permissions


def permission_flags(permissions: Permissions) -> list[str]:
    """Return what a plan may do beyond the ordinary, as flags of `reconcile plan`; an approver answers for it."""
    flags = []
    if permissions.allow_deletes is not None:
        flags.append(f"--allow-deletes {permissions.allow_deletes}")
    if permissions.no_deploy:
        flags.append("--no-deploy")
    if permissions.on_failure is not OnFailure.STOP:
        flags.append(f"--on-failure {permissions.on_failure}")
    if permissions.ephemeral_store:
        flags.append("--ephemeral-store")
    return flags + [f"--allow-rotation {address}" for address in permissions.allow_rotation]
