"""The approvals beside a plan file: found, verified, and judged by the policy that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.files import read_whole
from reconciler.errors import ApprovalError
from reconciler.planning.approval_file import load_approvals, signed_bytes
from reconciler.planning.authorize import VerifiedApproval, authorize
from reconciler.signatures import parse_signers, verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from reconciler.cli.policy import Policy
    from reconciler.domain.approval import Approval
    from reconciler.domain.plan import Plan


def approvals_path(plan_file: Path) -> Path:
    """Return where the approvals of a plan file lie: beside it, under its name."""
    return plan_file.with_name(plan_file.name + ".approvals.json")


def stored_approvals(plan_file: Path) -> list[Approval]:
    """Return the approvals that lie beside a plan file; none where there is no such file.

    Raises `ApprovalError` for a file that is none, or that names somebody whom no allowed_signers file can list.
    """
    path = approvals_path(plan_file)
    if not path.exists():
        return []
    approvals = load_approvals(read_whole(path, "approvals file"), str(path))
    for number, approval in enumerate(approvals):
        if not is_name(approval.identity):
            raise ApprovalError(
                f"{path} is not an approvals file: {number}.identity: it is nobody's name",
                remedy="delete it and have the plan approved again",
            )
    return approvals


def is_name(identity: str) -> bool:
    """Tell whether a text can be a principal: something, all of it to be seen."""
    return bool(identity.strip()) and identity.isprintable()


def approvers_of(plan: Plan, approvals: Sequence[Approval], policy: Policy, now: datetime) -> tuple[str, ...]:
    """Return who approved a plan; raises `ApprovalError` where the policy is not satisfied."""
    if not policy.protects(plan.scope.environments):
        return ()
    verified = []
    for approval in approvals:
        message = signed_bytes(approval.statement)
        fingerprint, problem = verify(message, approval.signature, approval.identity, policy.signers)
        verified.append(VerifiedApproval(approval, fingerprint, problem))
    signers = parse_signers(policy.signers, policy.signers_name)
    return authorize(plan, policy.protection, verified, signers, now)
