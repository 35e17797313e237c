"""Matches: the services that had all that services.yaml says when a run had ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select

from reconciler.domain.address import Owner
from reconciler.domain.journal import Match, RunResult
from reconciler.domain.value import Fingerprint
from reconciler.store.moment import milliseconds, moment
from reconciler.store.tables import matches, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def record_matches(connection: Connection, run_id: int, found: Sequence[Match]) -> None:
    """Keep what a run saw."""
    if found:
        rows = [
            {
                "run_id": run_id,
                "address": str(match.owner),
                "target_id": match.target_id,
                "desired": match.desired,
                "read_at": milliseconds(match.read_at),
            }
            for match in found
        ]
        connection.execute(insert(matches), rows)


def run_matches(connection: Connection, run_id: int) -> dict[Owner, Match]:
    """Return what a run saw that succeeded; a journal of the first version knows nothing of it."""
    if not inspect(connection).has_table(matches.name):
        return {}
    rows = connection.execute(
        select(matches)
        .join(runs, runs.c.id == matches.c.run_id)
        .where(matches.c.run_id == run_id, runs.c.result == RunResult.SUCCEEDED.value)
    )
    found = [
        Match(Owner.parse(row.address), row.target_id, Fingerprint(row.desired), moment(row.read_at)) for row in rows
    ]
    return {match.owner: match for match in found}
