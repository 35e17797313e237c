"""The policy: which environments are protected and who may approve, from the revision that has the say."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.cli.files import read_whole
from reconciler.cli.git import file_at
from reconciler.config import load_text
from reconciler.errors import ApprovalError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.domain.state import DesiredState, Environment

POLICY_REF = "RECONCILE_POLICY_REF"


@dataclass(frozen=True, slots=True)
class Policy:
    """Protection by environment, and the text of the allowed_signers file."""

    protection: Mapping[str, Environment]
    signers: str
    signers_name: str
    protected_targets: frozenset[str]
    """Names and ids that the policy's revision declares in protected environments, under whatever name they go now."""

    def protects(self, environments: tuple[str, ...]) -> list[str]:
        """Return those of the environments that are protected."""
        return [name for name in environments if self.protection[name].protected]


def policy_of(desired: DesiredState, file: Path) -> Policy:
    """Return the policy that holds for a desired state read from a file.

    Where `RECONCILE_POLICY_REF` names a revision, approvers come from there, and protection is the stricter of there
    and here, so that a change cannot loosen what it is judged by. An environment that the revision does not know is
    protected. Raises `RefusedError` where the revision has no such file.
    """
    revision = os.environ.get(POLICY_REF)
    folder = file.parent
    if not revision:
        name = desired.approvers.ssh
        text = read_whole(folder / name, "allowed_signers file") if name and (folder / name).exists() else ""
        return Policy(desired.environments, text, name or "approvers.ssh", frozenset())
    text_there = file_at(revision, folder, file.name)
    if text_there is None:
        raise RefusedError(
            f"{file.name} does not exist at {revision}, where {POLICY_REF} says that protection is decided",
            remedy="merge it there first",
        )
    there = load_text(text_there, f"{revision}:{file.name}")
    name = there.approvers.ssh
    signers = file_at(revision, folder, name) if name else None
    return Policy(
        {name: _stricter(here, there.environments.get(name)) for name, here in desired.environments.items()},
        signers or "",
        f"{revision}:{name}",
        frozenset(
            service.target
            for owner, service in there.services.items()
            if there.environments[owner.environment].protected
        ),
    )


def require_unguarded(policy: Policy, environment: str, names: frozenset[str]) -> None:
    """Refuse an unprotected environment that claims a service which the policy's revision has in a protected one."""
    if not policy.protection[environment].protected and (claimed := sorted(policy.protected_targets & names)):
        raise ApprovalError(
            f"{environment} is not protected, but {', '.join(claimed)} belongs to a protected environment there",
            remedy="merge the change of services.yaml first, or plan it in the protected environment",
        )


def _stricter(here: Environment, there: Environment | None) -> Environment:
    if there is None:
        return replace(here, protected=True)
    return replace(
        here,
        protected=here.protected or there.protected,
        approvals=max(here.approvals, there.approvals),
        allow_self_approval=here.allow_self_approval and there.allow_self_approval,
        approval_ttl=min(here.approval_ttl, there.approval_ttl),
    )
