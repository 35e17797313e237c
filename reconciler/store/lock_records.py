"""Reading locks back, judged by the store's clock at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from reconciler.domain.journal import LockRecord
from reconciler.store.moment import StoreNow, moment
from reconciler.store.tables import locks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def lock_records(
    connection: Connection, names: Sequence[str] | None = None, *, for_update: bool = False
) -> tuple[LockRecord, ...]:
    """Return the records of some locks, or of all; `for_update` keeps others from changing them meanwhile."""
    wanted = select(locks, (locks.c.expires_at <= StoreNow()).label("is_expired")).order_by(locks.c.name)
    if names is not None:
        wanted = wanted.where(locks.c.name.in_(names))
    rows = connection.execute(wanted.with_for_update() if for_update else wanted)
    return tuple(
        LockRecord(
            name=row.name,
            owner=row.owner,
            host=row.host,
            pid=row.pid,
            acquired_at=moment(row.acquired_at),
            heartbeat_at=moment(row.heartbeat_at),
            expires_at=moment(row.expires_at),
            is_expired=bool(row.is_expired),
        )
        for row in rows
    )
