"""Record: what an apply tells the journal of each write and deploy, and the locks that it sends them under."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from reconciler.domain.journal import Intent, Reach, RunResult
from reconciler.domain.outcome import StepStatus
from reconciler.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.journal import Match
    from reconciler.domain.outcome import ApplyResult, DeployOutcome, StepOutcome
    from reconciler.domain.plan import Plan
    from reconciler.domain.value import Secret
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.sealing import SealingKey
    from reconciler.planning.steps import EntrySteps, Step
    from reconciler.ports import Journal, Lease

Result = TypeVar("Result")


@dataclass(slots=True)
class Recording:
    """One run in the journal: nothing is sent that was not noted first, while the locks were held.

    What cannot be noted before a request raises `StoreError` or `LeaseLostError`, and the request is not sent. What
    cannot be noted after one is kept in `trouble`: the journal then says "may have been done" of what was done, which
    is true, and the next plan reads how it is.
    """

    journal: Journal
    lease: Lease
    key: FingerprintKey
    sealing: SealingKey | None
    """What previous values are kept under; without it none are kept."""
    run_id: int
    trouble: list[str] = field(default_factory=list)

    @classmethod
    def begin(  # noqa: PLR0913 — where it is noted and under which keys, and who stands behind it
        cls,
        journal: Journal,
        lease: Lease,
        key: FingerprintKey,
        sealing: SealingKey | None,
        plan: Plan,
        *,
        applied_by: str,
        approved_by: Sequence[str],
    ) -> Recording:
        """Note that a run of a plan begins; raises `StoreError`, and then nothing was written."""
        return cls(journal, lease, key, sealing, journal.begin(plan, applied_by, approved_by))

    async def intend(self, service: EntrySteps, step: Step, after: Secret | None) -> int:
        """Note a write that is about to be sent; return its number in the journal."""
        before = None if step.before is None else self.key.fingerprint(step.before)
        coming = None if after is None else self.key.fingerprint(after)
        previous = None
        if step.before is not None and self.sealing is not None:
            previous = self.sealing.seal(step.before, self.run_id, step.address)
        intent = Intent(
            step.address, service.target.id, step.action, before, coming, service.reaches, previous, step.is_kept
        )
        await self.require_locks()
        return await asyncio.to_thread(self.journal.intend, self.run_id, intent)

    async def require_locks(self) -> None:
        """Demand that the locks are still held, just before something is sent."""
        await asyncio.to_thread(self.lease.check)

    async def settle(self, number: int, outcome: StepOutcome) -> None:
        """Note how a write ended, as far as is known now."""
        # What was done and then overtaken by somebody was done all the same: rolling back has to know of it, and so has
        # the deploy that may have begun in between.
        overtaken = outcome.was_sent and outcome.status is StepStatus.CONFLICT
        status = StepStatus.DONE if overtaken else outcome.status
        await self._afterwards(self.journal.settle, number, status, outcome.detail)

    async def request_deploy(
        self, reach: Reach, newest_before: str | None, values: Mapping[Address, Secret | None]
    ) -> None:
        """Note that a deploy is about to be asked for, which was the newest before, and what the service has now."""
        await self.require_locks()
        seen = {address: self.key.fingerprint(value) for address, value in values.items() if value is not None}
        await asyncio.to_thread(self.journal.owe, self.run_id, reach)
        await asyncio.to_thread(
            self.journal.deploy_requested, self.run_id, reach.owner, None, newest_before=newest_before, values=seen
        )

    async def name_deploy(self, owner: Owner, deploy_id: str) -> None:
        """Note which deploy it is that was asked for."""
        await self._afterwards(self.journal.deploy_requested, self.run_id, owner, deploy_id)

    async def leave_out_deploy(self, owner: Owner, newest: str | None) -> None:
        """Note that the deploy is left to somebody else, and which one was the newest after the writes."""
        await self._afterwards(
            lambda: self.journal.deploy_left_out(self.run_id, owner, newest_before=newest),
        )

    async def settle_deploy(self, owner: Owner, outcome: DeployOutcome) -> None:
        """Note what became of a deploy that was asked for."""
        await self._afterwards(
            self.journal.deploy_settled, self.run_id, owner, outcome.result, outcome.deploy_id, outcome.detail
        )

    async def prove_deploy(self, owner: Owner) -> None:
        """Note that the service was seen to be healthy after its deploy."""
        await self._afterwards(self.journal.deploy_proven, self.run_id, owner)

    async def finish(self, result: ApplyResult, matches: Sequence[Match]) -> None:
        """Note that the run came to its end, and if it is a good one, which services are then as they should be."""
        if result.succeeded:
            await self._afterwards(self.journal.finish, self.run_id, RunResult.SUCCEEDED, matches)
        else:
            ending = RunResult.INTERRUPTED if result.interrupted else RunResult.INCOMPLETE
            await self._afterwards(self.journal.finish, self.run_id, ending)

    async def _afterwards(self, note: Callable[..., None], *words: object) -> None:
        try:
            await asyncio.to_thread(note, *words)
        except StoreError as error:
            self.trouble.append(error.message)
