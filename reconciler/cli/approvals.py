"""The approvals beside a plan file: found, verified or asked for, and judged by the policy that holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.cli.files import read_whole
from reconciler.cli.progress import progress
from reconciler.domain.approval import Approval
from reconciler.errors import ApprovalError, UsageError
from reconciler.planning.approval_file import load_approvals, signed_bytes
from reconciler.planning.approvers import ListedApprovers, VerifiedApproval
from reconciler.planning.authorize import Approved, authorize
from reconciler.planning.vote import Unheard
from reconciler.signatures import parse_signers, verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from reconciler.cli.policy import Policy
    from reconciler.domain.approval import GitHubApproval, StoredApproval
    from reconciler.domain.plan import Plan
    from reconciler.planning.authorize import Evidence
    from reconciler.planning.vote import Vote


def approvals_path(plan_file: Path) -> Path:
    """Return where the approvals of a plan file lie: beside it, under its name."""
    return plan_file.with_name(plan_file.name + ".approvals.json")


def stored_approvals(plan_file: Path) -> list[StoredApproval]:
    """Return the approvals that lie beside a plan file; none where there is no such file.

    Raises `ApprovalError` for a file that is none, or that names somebody whom no allowed_signers file can list.
    """
    path = approvals_path(plan_file)
    if not path.exists():
        return []
    approvals = load_approvals(read_whole(path, "approvals file"), str(path))
    for number, approval in enumerate(approvals):
        if isinstance(approval, Approval) and not is_name(approval.identity):
            raise ApprovalError(
                f"{path} is not an approvals file: {number}.identity: it is nobody's name",
                remedy="delete it and have the plan approved again",
            )
    return approvals


def is_name(identity: str) -> bool:
    """Tell whether a text can be a principal: something, all of it to be seen."""
    return bool(identity.strip()) and identity.isprintable()


def evidence_for(plan: Plan, approvals: Sequence[StoredApproval], policy: Policy) -> list[Evidence]:
    """Verify what is signed, and ask GitHub for what was said there; nothing where the plan needs no approval."""
    if not policy.protects(plan.scope.environments):
        return []
    evidence: list[Evidence] = []
    places: list[GitHubApproval] = []
    for approval in approvals:
        if isinstance(approval, Approval):
            message = signed_bytes(approval.statement)
            fingerprint, problem = verify(message, approval.signature, approval.identity, policy.signers)
            evidence.append(VerifiedApproval(approval, fingerprint, problem))
        else:
            places.append(approval)
    return [*evidence, *_asked(plan, places)]


def approvers_of(plan: Plan, evidence: Sequence[Evidence], policy: Policy, now: datetime) -> Approved:
    """Return who approved a plan; raises `ApprovalError` where the policy is not satisfied."""
    if not policy.protects(plan.scope.environments):
        return Approved()
    signers = parse_signers(policy.signers, policy.signers_name)
    return authorize(plan, policy.protection, evidence, ListedApprovers(signers, policy.logins), now)


def places_of(plan: Plan, *, in_run: bool) -> list[GitHubApproval]:
    """Return where on GitHub a plan may have been approved: in the run that this command is in, or in pull requests.

    Raises `UsageError` outside of Actions or without a token, `ApprovalError` where there is no such place, and
    `GitHubError`.
    """
    from reconciler.cli.github import reading_github  # noqa: PLC0415 — only approvals on GitHub need its client
    from reconciler.workflows.github_votes import reviewed_in, this_run  # noqa: PLC0415 — the same

    async def find() -> list[GitHubApproval]:
        async with reading_github(shown) as (job, github):
            return [this_run(job)] if in_run else [*await reviewed_in(plan, job, github)]

    with progress() as shown:
        return asyncio.run(find())


def _asked(plan: Plan, places: Sequence[GitHubApproval]) -> list[Vote | Unheard]:
    """Ask GitHub; where that is not possible, none of the places counts, and each says why."""
    if not places:
        return []
    from reconciler.cli.github import reading_github  # noqa: PLC0415 — only approvals on GitHub need its client
    from reconciler.workflows.github_votes import votes_of  # noqa: PLC0415 — the same

    async def ask() -> list[Vote | Unheard]:
        async with reading_github(shown) as (job, github):
            return await votes_of(places, plan, job, github)

    with progress() as shown:
        try:
            return asyncio.run(ask())
        except UsageError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            return [Unheard(str(place), error.message + remedy) for place in places]
