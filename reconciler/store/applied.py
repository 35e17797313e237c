"""What was last applied, which tells a change on Render from one in `services.yaml`, and what was last deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from reconciler.domain.address import Address
from reconciler.domain.journal import Applied
from reconciler.domain.outcome import StepStatus
from reconciler.domain.value import Fingerprint
from reconciler.store.history import fingerprint_or_none
from reconciler.store.moment import moment
from reconciler.store.owed import LIVE, may_have_been_done
from reconciler.store.tables import deploys, runs, steps

if TYPE_CHECKING:
    from sqlalchemy import Connection


def deployed_values(connection: Connection, key_id: str) -> dict[str, dict[Address, Fingerprint]]:
    """Return what each service had when its last live deploy was asked for, where that was fingerprinted with the key.

    Of one without a record, or with another key's, nothing is known: an earlier one says nothing of what runs now.
    """
    rows = connection.execute(
        select(deploys.c.target_id, deploys.c.declared, runs.c.key_id)
        .join(runs, runs.c.id == deploys.c.run_id)
        .where(deploys.c.result.in_(LIVE), deploys.c.covers.is_not(None))
        .order_by(deploys.c.covers, deploys.c.run_id)
    )
    last = {row.target_id: row for row in rows}
    return {
        target_id: {Address.parse(address): Fingerprint(value) for address, value in row.declared.items()}
        for target_id, row in last.items()
        if row.key_id == key_id and row.declared is not None
    }


def applied_records(connection: Connection, key_id: str) -> dict[Address, Applied]:
    """Return what was last set at each address, where that is certain and was fingerprinted with the key.

    A later write whose end is not known leaves it open whether the value is the earlier one or the later.
    """
    later = steps.alias("later")
    is_overtaken = (
        select(later.c.id)
        .where(later.c.address == steps.c.address, later.c.id > steps.c.id, may_have_been_done(later))
        .correlate(steps)
        .exists()
    )
    rows = connection.execute(
        select(steps.c.address, steps.c.target_id, runs.c.key_id, steps.c.after, steps.c.run_id, steps.c.settled_at)
        .join(runs, runs.c.id == steps.c.run_id)
        .where(runs.c.key_id == key_id, steps.c.status == StepStatus.DONE.value, ~is_overtaken)
    )
    records = [
        Applied(
            Address.parse(row.address),
            row.target_id,
            row.key_id,
            fingerprint_or_none(row.after),
            row.run_id,
            moment(row.settled_at),
        )
        for row in rows
    ]
    return {record.address: record for record in records}
