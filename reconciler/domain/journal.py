"""The journal's records: what runs meant to do, what they did, and what they still owe; fingerprints, never values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reconciler.errors import PlanAlreadyAppliedError

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.change import Action
    from reconciler.domain.outcome import DeployResult, StepStatus
    from reconciler.domain.plan import PlanKind
    from reconciler.domain.state import DeployMode
    from reconciler.domain.value import Fingerprint, Sealed


class RunResult(StrEnum):
    """How a run ended; a killed one has no result."""

    SUCCEEDED = "succeeded"
    INCOMPLETE = "incomplete"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"


class DeployState(StrEnum):
    """How far a deploy has come, as far as the journal was told."""

    OWED = "owed"
    REQUESTED = "requested"
    SETTLED = "settled"
    PROVEN = "proven"
    """It is live, and the service's health rule, where there was one, passed after it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One service that a write reaches, and the deploy that brings the write to life there."""

    owner: Owner
    target_id: str
    mode: DeployMode
    is_left_out: bool = False
    """Whether the plan leaves that deploy to somebody else: `--no-deploy`, or a suspended service."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One write that is about to be sent."""

    address: Address
    target_id: str
    action: Action
    before: Fingerprint | None
    after: Fingerprint | None
    """What will be there; `None` for a delete."""
    reaches: tuple[Reach, ...]
    """Every service that has to be deployed before the write takes effect there; more than one for a group's."""
    previous: Sealed | None = None
    """What was there, encrypted, for a later rollback; `None` where nothing was, or nothing may be kept."""
    is_kept: bool = False
    """Whether a rollback must not delete it: it was generated, or its rotation is destructive."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One apply, from its beginning on."""

    id: int
    plan_id: str
    kind: PlanKind
    digest: str
    key_id: str
    environments: tuple[str, ...]
    applied_by: str
    approved_by: tuple[str, ...]
    started_at: datetime
    finished_at: datetime | None
    result: RunResult | None
    undoes: int | None = None
    """The run that a rollback undoes."""

    @property
    def is_unfinished(self) -> bool:
        """Whether it was killed, or still goes on; who holds the lock tells which."""
        return self.finished_at is None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One write that was intended; without a status it may or may not have been sent."""

    id: int
    run_id: int
    sequence: int
    """Counts a run's writes from 1, in the order in which they were intended."""
    address: Address
    target_id: str
    action: Action
    before: Fingerprint | None
    after: Fingerprint | None
    previous: Sealed | None
    is_kept: bool
    intended_at: datetime
    status: StepStatus | None
    detail: str | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnattemptedWrite:
    """One write of the plan that its run never came to."""

    address: Address
    target_id: str
    action: Action


@dataclass(frozen=True, slots=True)
class DeployRecord:
    """The deploy that one run owed one service, and what became of it."""

    run_id: int
    owner: Owner
    target_id: str
    mode: DeployMode
    is_left_out: bool
    state: DeployState
    newest_before: str | None
    deploy_id: str | None
    result: DeployResult | None
    detail: str | None
    owed_at: datetime
    requested_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunHistory:
    """Everything that the journal knows of one run: done, perhaps done, not attempted, and the deploys."""

    run: RunRecord
    steps: tuple[StepRecord, ...]
    unattempted: tuple[UnattemptedWrite, ...]
    deploys: tuple[DeployRecord, ...]


@dataclass(frozen=True, slots=True)
class ConsumedPlan:
    """A plan that was applied, wholly or in part, and may not be applied again."""

    plan_id: str
    run_id: int
    applied_by: str
    consumed_at: datetime


def already_applied(plan: ConsumedPlan, how: str = "") -> PlanAlreadyAppliedError:
    """Return the refusal to apply a plan once more; `how` says in which way it would be the same one."""
    return PlanAlreadyAppliedError(
        f"plan {plan.plan_id} was applied already{how}: by {plan.applied_by} on"
        f" {plan.consumed_at:%Y-%m-%d at %H:%M} UTC, in run {plan.run_id}",
        remedy="make a new plan: it shows what is left to do, if anything is",
    )


@dataclass(frozen=True, slots=True)
class OwedDeploy:
    """A service with writes that no deploy is known to have brought to life."""

    owner: Owner
    target_id: str
    mode: DeployMode
    """The strongest one owed."""
    is_left_out: bool
    """Whether every plan that owes it left it to somebody else on purpose, so that the values only wait."""
    since: datetime
    """When the first of these writes was made."""
    last_write_at: datetime
    """When the last of them was made, or now where that is not known: a deploy that Render created later has them all.

    A run that was killed may have waited long between recording a write and sending it.
    """
    run_id: int
    """The run of the last of them."""
    request: DeployRequest | None = None
    """The last request for a deploy that would bring all of these writes to life, if it went well; or the last look
    at the service's deploys after all of these writes."""


@dataclass(frozen=True, slots=True)
class DeployRequest:
    """What is known of a deploy that was asked for, or left out, after a service's writes."""

    deploy_id: str | None
    """The one that was asked for; `None` where Render has not said which it is, or none was."""
    newest_before: str | None
    """The newest deploy that was there before: each newer one has the values. `None` where there was none."""
    mode: DeployMode
    at: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """What a run last set at an address, for sure."""

    address: Address
    target_id: str
    key_id: str
    fingerprint: Fingerprint | None
    """`None` where it was deleted."""
    run_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LockRecord:
    """Who holds a lock, from where, since when and until when, by the store's clock."""

    name: str
    owner: str
    host: str
    pid: int
    acquired_at: datetime
    heartbeat_at: datetime
    expires_at: datetime
    is_expired: bool
    """Whether its lease had run out when the record was read: whoever wants the lock takes it."""
