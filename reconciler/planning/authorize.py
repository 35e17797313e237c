"""Authorize: whether approvals, their signatures already verified, allow a plan on the environments it protects.

Nothing switches this off. A quorum is counted anew for each protected environment, over distinct people, who may have
several names and keys; an approval that does not count says why, so that a refusal can be mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.domain.approval import Persons
from reconciler.errors import ApprovalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from reconciler.domain.approval import Approval, Signer
    from reconciler.domain.plan import Plan
    from reconciler.domain.state import Environment

UNKNOWN_AUTHOR = "unknown"
CLOCK_SKEW = timedelta(minutes=5)
"""How far the approver's clock may run ahead of this one."""


@dataclass(frozen=True, slots=True)
class VerifiedApproval:
    """An approval whose signature was checked: by which key, or why it does not hold."""

    approval: Approval
    key_fingerprint: str | None
    problem: str | None = None


def authorize(
    plan: Plan,
    protection: Mapping[str, Environment],
    approvals: Sequence[VerifiedApproval],
    signers: Iterable[Signer],
    now: datetime,
) -> tuple[str, ...]:
    """Return who approved the plan; nobody where nothing in its scope is protected.

    `protection` holds the policy of each of the plan's environments. Raises `ApprovalError` with, for each protected
    environment, how many valid approvals it lacks and what is wrong with those that were found.
    """
    persons = Persons(signers)
    approved_by: set[str] = set()
    complaints: list[str] = []
    for name in plan.scope.environments:
        environment = protection[name]
        if not environment.protected:
            continue
        valid: list[VerifiedApproval] = []
        faults: list[str] = []
        for verified in approvals:
            fault = _fault(verified, plan, environment, persons, now) or _repeats(verified, valid, persons)
            if fault is None:
                valid.append(verified)
            else:
                faults.append(f"approval by {verified.approval.identity}: {fault}")
        if len(valid) < environment.approvals:
            complaints.append(_lack(name, environment.approvals, len(valid)))
            complaints.extend(faults)
        approved_by.update(verified.approval.identity for verified in valid)
    if complaints:
        raise ApprovalError(
            "\n".join(dict.fromkeys(complaints)), remedy="somebody who may approve runs: reconcile approve PLAN"
        )
    return tuple(sorted(approved_by))


def _lack(environment: str, needed: int, found: int) -> str:
    noun = "approval" if needed == 1 else "approvals"
    return f"{environment} is protected: the plan needs {needed} valid {noun} and has {found or 'none'}"


def _fault(
    verified: VerifiedApproval, plan: Plan, environment: Environment, persons: Persons, now: datetime
) -> str | None:
    statement = verified.approval.statement
    if verified.problem is not None or verified.key_fingerprint is None:
        return verified.problem or "its signature was not checked"
    if statement.plan_id != plan.plan_id:
        return "it is for another plan"
    if statement.digest != plan.digest:
        return "it is for other content of this plan (the digest differs)"
    if statement.created_by != plan.created_by:
        return "it names another author of the plan"
    if environment.name not in statement.environments:
        return f"it does not cover {environment.name}"
    if statement.issued_at > now + CLOCK_SKEW:
        return "it was issued in the future; compare the clocks"
    if now >= statement.expires_at or now >= statement.issued_at + environment.approval_ttl:
        end = min(statement.expires_at, statement.issued_at + environment.approval_ttl)
        return f"it expired at {end:%Y-%m-%d %H:%M} UTC"
    if not environment.allow_self_approval:
        return _self_made(verified, plan, persons)
    return None


def _self_made(verified: VerifiedApproval, plan: Plan, persons: Persons) -> str | None:
    identity = verified.approval.identity
    if plan.created_by == UNKNOWN_AUTHOR:
        return (
            "the plan's author is unknown, so it may be the approver's own (set git's user.email where plans are made)"
        )
    if identity.casefold() == plan.created_by.casefold():
        return "whoever made the plan may not approve it"
    if persons.named(plan.created_by) & _person(verified, persons):
        return f"{identity} and {plan.created_by}, who made the plan, are one person in allowed_signers"
    return None


def _repeats(verified: VerifiedApproval, valid: Sequence[VerifiedApproval], persons: Persons) -> str | None:
    for other in valid:
        if _person(other, persons) & _person(verified, persons):
            name = other.approval.identity
            alias = "" if name.casefold() == verified.approval.identity.casefold() else f", as {name}"
            return f"the same person approved already{alias}"
    return None


def _person(verified: VerifiedApproval, persons: Persons) -> AbstractSet[str]:
    """Return all names and keys of who approved: of the name that is claimed and of the key that signed."""
    named = persons.named(verified.approval.identity)
    return named if verified.key_fingerprint is None else named | persons.holding(verified.key_fingerprint)
