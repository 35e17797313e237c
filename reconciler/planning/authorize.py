"""Authorize: whether approvals allow a plan on the environments it protects.

Signatures were verified and GitHub was asked before. Nothing switches this off. A quorum is counted anew for each
protected environment, over distinct people, who may have several names, keys and accounts; an approval that does not
count says why, so that a refusal can be mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.printable import printable
from reconciler.errors import ApprovalError
from reconciler.planning.approvers import VerifiedApproval
from reconciler.planning.vote import Unheard, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.plan import Plan
    from reconciler.domain.state import Environment
    from reconciler.planning.approvers import ListedApprovers

CLOCK_SKEW = timedelta(minutes=5)
"""How far the approver's clock may run ahead of this one."""
Evidence = VerifiedApproval | Vote | Unheard
"""What may count as an approval, or would have."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts as an approval for one environment, and what is wrong with the rest."""

    valid: tuple[VerifiedApproval | Vote, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approved:
    """Who approved a plan."""

    by: tuple[str, ...] = ()
    content_since: datetime | None = None
    """Since when, where somebody approved on GitHub, who named the plan's content and not its id."""


def authorize(
    plan: Plan,
    protection: Mapping[str, Environment],
    evidence: Sequence[Evidence],
    approvers: ListedApprovers,
    now: datetime,
) -> Approved:
    """Return who approved the plan; nobody where nothing in its scope is protected.

    `protection` holds the policy of each of the plan's environments. Raises `ApprovalError` with, for each protected
    environment, how many valid approvals it lacks and what is wrong with those that were found.
    """
    approvals: list[VerifiedApproval | Vote] = []
    complaints: list[str] = []
    for name in plan.scope.environments:
        environment = protection[name]
        if not environment.protected:
            continue
        judge = _Judge(plan, environment, approvers, now)
        # Who cannot be told apart counts once, so that the order may decide how many are left: the better one holds.
        by_kind = sorted(evidence, key=lambda one: isinstance(one, Vote))
        counted = max(judge.counted(by_kind), judge.counted(by_kind[::-1]), key=lambda each: len(each.valid))
        if len(counted.valid) < environment.approvals:
            complaints.append(_lack(name, environment.approvals, len(counted.valid)))
            complaints.extend(counted.faults)
        approvals.extend(counted.valid)
    if complaints:
        raise ApprovalError(
            "\n".join(dict.fromkeys(complaints)), remedy="somebody who may approve runs: reconcile approve PLAN"
        )
    moments = [one.counted_from for one in approvals if isinstance(one, Vote)]
    return Approved(tuple(sorted({one.identity for one in approvals})), min(moments, default=None))


def _lack(environment: str, needed: int, found: int) -> str:
    noun = "approval" if needed == 1 else "approvals"
    return f"{environment} is protected: the plan needs {needed} valid {noun} and has {found or 'none'}"


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges approvals of one plan for one environment."""

    plan: Plan
    environment: Environment
    approvers: ListedApprovers
    now: datetime

    def counted(self, evidence: Iterable[Evidence]) -> Counted:
        """Take approvals one after the other, each only if it is somebody else's than those before."""
        valid: list[VerifiedApproval | Vote] = []
        faults: list[str] = []
        for one in evidence:
            if isinstance(one, Unheard):
                faults.append(f"approval by {one.identity}: {one.fault}")
                continue
            fault = self._fault(one) or self._repeats(one, valid)
            if fault is None:
                valid.append(one)
            else:
                faults.append(f"approval by {one.identity}: {fault}")
        return Counted(tuple(valid), tuple(faults))

    def _repeats(self, one: VerifiedApproval | Vote, valid: Iterable[VerifiedApproval | Vote]) -> str | None:
        return next((reason for other in valid if (reason := self.approvers.why_one_person(one, other))), None)

    def _fault(self, one: VerifiedApproval | Vote) -> str | None:
        match one:
            case VerifiedApproval():
                return self._fault_of_signed(one)
            case Vote():
                return self._fault_of_vote(one)
            case _:
                assert_never(one)

    def _fault_of_signed(self, verified: VerifiedApproval) -> str | None:
        statement = verified.approval.statement
        if verified.problem is not None or verified.key_fingerprint is None:
            return verified.problem or "its signature was not checked"
        if statement.plan_id != self.plan.plan_id:
            return "it is for another plan"
        if statement.digest != self.plan.digest:
            return "it is for other content of this plan (the digest differs)"
        if statement.created_by != self.plan.created_by:
            return "it names another author of the plan"
        if self.environment.name not in statement.environments:
            return f"it does not cover {self.environment.name}"
        end = min(statement.expires_at, statement.issued_at + self.environment.approval_ttl)
        if fault := self._untimely(statement.issued_at, end):
            return fault
        if not self.environment.allow_self_approval:
            return self.approvers.why_self_made(verified, self.plan.created_by)
        return None

    def _fault_of_vote(self, vote: Vote) -> str | None:
        if vote.fault is not None:
            return vote.fault
        if not self.approvers.has_login(vote.by.login):
            return "approvers.github does not list them"
        if vote.environments is not None and self.environment.name.casefold() not in vote.environments:
            about = printable(", ".join(sorted(vote.environments))) or "nothing"
            return f"it is for {about} on GitHub, not for {self.environment.name}"
        if fault := self._untimely(vote.counted_from, vote.counted_from + self.environment.approval_ttl):
            return fault
        if not self.environment.allow_self_approval:
            return self.approvers.why_own_work(vote, self.plan.created_by)
        return None

    def _untimely(self, given_at: datetime, end: datetime) -> str | None:
        if given_at > self.now + CLOCK_SKEW:
            return "it was issued in the future; compare the clocks"
        if self.now >= end:
            return f"it expired at {end:%Y-%m-%d %H:%M} UTC"
        return None
