"""Reading the journal, for commands that must not be able to write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.store.applied import applied_records, deployed_values
from reconciler.store.consumption import consumed_content, consumed_plan
from reconciler.store.history import run_history, run_records
from reconciler.store.lock_records import lock_records
from reconciler.store.owed import owed_deploys, unproven_deploys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.address import Address
    from reconciler.domain.journal import Applied, ConsumedPlan, LockRecord, OwedDeploy, RunHistory, RunRecord
    from reconciler.domain.value import Fingerprint
    from reconciler.store.database import Database


class SqlJournalReader:
    """The journal in a database, for who only reads it; see the port for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def consumed(self, plan_id: str) -> ConsumedPlan | None:
        """Return who applied a plan and when."""
        with self._database.reading() as connection:
            return consumed_plan(connection, plan_id)

    def consumed_content(self, digest: str, since: datetime) -> ConsumedPlan | None:
        """Return the last plan of some content that was applied since a moment."""
        with self._database.reading() as connection:
            return consumed_content(connection, digest, since)

    def owed_deploys(self) -> Sequence[OwedDeploy]:
        """List the services with writes that no live deploy covers."""
        with self._database.reading() as connection:
            return owed_deploys(connection)

    def unproven_deploys(self) -> Mapping[str, int]:
        """Return the runs of last deploys after which health was not proven, by the service's id."""
        with self._database.reading() as connection:
            return unproven_deploys(connection)

    def all_applied(self, key_id: str) -> Mapping[Address, Applied]:
        """Return what was last set at every address."""
        with self._database.reading() as connection:
            return applied_records(connection, key_id)

    def deployed(self, key_id: str) -> Mapping[str, Mapping[Address, Fingerprint]]:
        """Return what each service had when its last live deploy was asked for."""
        with self._database.reading() as connection:
            return deployed_values(connection, key_id)

    def locks(self) -> Sequence[LockRecord]:
        """List the locks that are held, or were by somebody whose lease has run out."""
        with self._database.reading() as connection:
            return lock_records(connection)

    def runs(self, limit: int = 20) -> Sequence[RunRecord]:
        """List the last runs, newest first."""
        with self._database.reading() as connection:
            return run_records(connection, limit)

    def run(self, run_id: int) -> RunHistory | None:
        """Return everything that is known of one run."""
        with self._database.reading() as connection:
            return run_history(connection, run_id)
