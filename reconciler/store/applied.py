"""What was last applied: tells a change on Render from a change in `services.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select

from reconciler.domain.address import Address
from reconciler.domain.journal import Applied
from reconciler.domain.outcome import StepStatus
from reconciler.store.database import insert_unless_there
from reconciler.store.history import fingerprint_or_none
from reconciler.store.moment import StoreNow, moment
from reconciler.store.tables import applied, runs, steps

if TYPE_CHECKING:
    from sqlalchemy import Connection


def record_applied(connection: Connection, step_id: int) -> None:
    """Record that a step's value is what was last set at its address."""
    step = connection.execute(
        select(steps.c.address, steps.c.target_id, steps.c.after, steps.c.run_id, runs.c.key_id)
        .join(runs, runs.c.id == steps.c.run_id)
        .where(steps.c.id == step_id)
    ).one()
    # A later step at the same address that was settled first stays: it wrote last.
    connection.execute(delete(applied).where(applied.c.address == step.address, applied.c.step_id < step_id))
    row = {
        "address": step.address,
        "target_id": step.target_id,
        "key_id": step.key_id,
        "fingerprint": step.after,
        "run_id": step.run_id,
        "step_id": step_id,
        "at": StoreNow(),
    }
    insert_unless_there(connection, applied, row)


def applied_records(connection: Connection, key_id: str, address: Address | None = None) -> dict[Address, Applied]:
    """Return what was last set, where that is certain and was fingerprinted with the key; of one address, or all.

    A later write whose end is not known leaves it open whether the value is the earlier one or the later.
    """
    later = steps.alias("later")
    in_doubt = (
        select(later.c.id)
        .where(
            later.c.address == applied.c.address,
            later.c.id > applied.c.step_id,
            or_(later.c.status.is_(None), later.c.status == StepStatus.UNKNOWN.value),
        )
        .exists()
    )
    wanted = select(applied).where(applied.c.key_id == key_id, ~in_doubt)
    if address is not None:
        wanted = wanted.where(applied.c.address == str(address))
    records = [
        Applied(
            Address.parse(row.address),
            row.target_id,
            row.key_id,
            fingerprint_or_none(row.fingerprint),
            row.run_id,
            moment(row.at),
        )
        for row in connection.execute(wanted)
    ]
    return {record.address: record for record in records}
