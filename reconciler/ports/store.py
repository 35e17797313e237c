"""The store as the core sees it: the journal of applies, and the locks between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.journal import (
        Applied,
        ConsumedPlan,
        Intent,
        LockRecord,
        OwedDeploy,
        Reach,
        RunHistory,
        RunRecord,
        RunResult,
    )
    from reconciler.domain.outcome import DeployResult, StepStatus
    from reconciler.domain.plan import Plan
    from reconciler.domain.value import Fingerprint


class JournalReader(Protocol):
    """Tells what applies meant to do, did, and still owe; each method may raise `StoreError`. Times are the store's."""

    def consumed(self, plan_id: str) -> ConsumedPlan | None:
        """Return who applied a plan and when; `None` for a plan that may still be applied."""
        ...

    def consumed_content(self, digest: str, since: datetime) -> ConsumedPlan | None:
        """Return the last plan of a digest that was applied since a moment, whatever its id; `None` where none was."""
        ...

    def owed_deploys(self) -> Sequence[OwedDeploy]:
        """List the services with writes, done or perhaps done, that no live deploy asked for later covers."""
        ...

    def unproven_deploys(self) -> Mapping[str, int]:
        """Return the runs whose deploys, the last ones of their services, were not seen to bring up healthy ones.

        By the service's id on Render.
        """
        ...

    def all_applied(self, key_id: str) -> Mapping[Address, Applied]:
        """Return what was last set at each address, where that is certain and was fingerprinted with the key."""
        ...

    def locks(self) -> Sequence[LockRecord]:
        """List the locks that are held, or were by somebody whose lease has run out."""
        ...

    def deployed(self, key_id: str) -> Mapping[str, Mapping[Address, Fingerprint]]:
        """Return what each service had when its last live deploy was asked for, by its id; of this key only."""
        ...

    def runs(self, limit: int = 20) -> Sequence[RunRecord]:
        """List the last runs, newest first."""
        ...

    def run(self, run_id: int) -> RunHistory | None:
        """Return everything that is known of one run."""
        ...


class Journal(JournalReader, Protocol):
    """Remembers what applies meant to do and did, so that one that was killed can be finished.

    Each method is one transaction that is on disk when it returns; each may raise `StoreError`. It is told fingerprints
    and encrypted values, never values.
    """

    def begin(self, plan: Plan, applied_by: str, approved_by: Sequence[str]) -> int:
        """Record that a run of the plan starts, with the writes it has before it; return the run's id."""
        ...

    def intend(self, run_id: int, intent: Intent) -> int:
        """Record a write that is about to be sent, and the deploy it makes its service owe; return the step's id.

        The run's first intent consumes the plan; raises `PlanAlreadyAppliedError` where another run did that.
        """
        ...

    def settle(self, step_id: int, status: StepStatus, detail: str | None = None) -> None:
        """Record how a write ended; again, when reading once more tells otherwise."""
        ...

    def owe(self, run_id: int, reach: Reach) -> None:
        """Record a deploy that the run owes without a write of its own; consumes the plan as a write does."""
        ...

    def deploy_requested(
        self,
        run_id: int,
        owner: Owner,
        deploy_id: str | None,
        *,
        newest_before: str | None = None,
        values: Mapping[Address, Fingerprint] | None = None,
    ) -> None:
        """Record that an owed deploy is asked for, before it is, and again once Render has named it.

        `newest_before` is the newest deploy that was there before the request, and `values` are all declared ones of
        the service, as they were read just before it; the second call leaves both out.
        """
        ...

    def deploy_left_out(self, run_id: int, owner: Owner, *, newest_before: str | None) -> None:
        """Record that a deploy is left to somebody else, and the newest deploy that was there after the writes."""
        ...

    def deploy_settled(
        self, run_id: int, owner: Owner, result: DeployResult, deploy_id: str | None = None, detail: str | None = None
    ) -> None:
        """Record what became of a deploy; one that was never recorded as requested stays owed."""
        ...

    def deploy_proven(self, run_id: int, owner: Owner) -> None:
        """Record that after a deploy that is live the service was seen to be healthy, as far as a rule says how."""
        ...

    def finish(self, run_id: int, result: RunResult) -> None:
        """Record that a run came to its end; one that never does was killed."""
        ...


class Lease(Protocol):
    """Locks that are held, all of them, for as long as it is checked often enough."""

    @property
    def names(self) -> tuple[str, ...]:
        """The locks, sorted."""
        ...

    def check(self) -> None:
        """Renew the lease when it is time; raises `LeaseLostError` when a lock is no longer held.

        After it, at least two thirds of the lease remain for what has to be done under it.
        """
        ...

    def release(self) -> None:
        """Let go of the locks that are still held."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Locks(Protocol):
    """Keeps applies of one environment apart, across processes and, with a shared store, machines."""

    def acquire(self, names: Iterable[str], owner: str, *, lease_seconds: float, wait_seconds: float = 0) -> Lease:
        """Take all the locks or none; raises `LockHeldError` that says who holds them, once waiting is over."""
        ...

    def break_lock(self, name: str) -> LockRecord | None:
        """Take a lock away from whoever holds it; return whose it was."""
        ...

    def locks(self) -> Sequence[LockRecord]:
        """List the locks that are held, or were by somebody whose lease has run out."""
        ...
