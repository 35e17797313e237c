"""History: what the journal knows of the last runs, or of one; it asks nothing of Render."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reconciler.domain.outcome import StepStatus
from reconciler.workflows.rollback import recorded_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.journal import LockRecord, RunHistory, RunRecord, StepRecord
    from reconciler.ports import JournalReader


class WriteStanding(StrEnum):
    """What became of one write, as far as the journal knows."""

    DONE = "done"
    PERHAPS_DONE = "perhaps_done"
    """Its answer was lost, or the run was killed while it was on its way."""
    NOT_DONE = "not_done"
    NEVER_ATTEMPTED = "never_attempted"


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run, and whoever holds a lock that it may still be going on under."""

    history: RunHistory
    holder: LockRecord | None

    def count(self, standing: WriteStanding) -> int:
        """Return how many of the run's writes ended so."""
        if standing is WriteStanding.NEVER_ATTEMPTED:
            return len(self.history.unattempted)
        return sum(write_standing(step) is standing for step in self.history.steps)


def past_runs(journal: JournalReader | None, limit: int) -> list[PastRun]:
    """Return the last runs, newest first; none where there is no journal yet."""
    if journal is None:
        return []
    locks = journal.locks()
    found = [journal.run(run.id) for run in journal.runs(limit)]
    return [PastRun(history, _holder(history.run, locks)) for history in found if history is not None]


def past_run(journal: JournalReader | None, run_id: int) -> PastRun:
    """Return one run; raises `UsageError` where there is none of that number."""
    history = recorded_run(journal, run_id)
    return PastRun(history, None if journal is None else _holder(history.run, journal.locks()))


def write_standing(step: StepRecord) -> WriteStanding:
    """Return what became of a write that was intended."""
    match step.status:
        case StepStatus.DONE:
            return WriteStanding.DONE
        case StepStatus.UNKNOWN | None:
            return WriteStanding.PERHAPS_DONE
        case StepStatus.CONFLICT | StepStatus.FAILED | StepStatus.NOT_ATTEMPTED:
            return WriteStanding.NOT_DONE


def _holder(run: RunRecord, locks: Sequence[LockRecord]) -> LockRecord | None:
    """Return the lock that an unfinished run may still hold.

    A run begins after it took its locks, so a lock that was taken later is somebody else's, and this run was killed.
    """
    if not run.is_unfinished:
        return None
    return next(
        (
            lock
            for lock in locks
            if lock.name.rpartition("/")[2] in run.environments
            and lock.acquired_at <= run.started_at
            and not lock.is_expired
        ),
        None,
    )
