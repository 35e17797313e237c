"""A lock as text for people: whose it is, from where, since when, and whether anybody still keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.inline import inline

if TYPE_CHECKING:
    from reconciler.domain.journal import LockRecord


def holder_text(lock: LockRecord) -> str:
    """Say who holds a lock, as what stands behind its name in a sentence."""
    lease = "whose lease had run out" if lock.is_expired else "whose lease had not run out"
    return (
        f"held by {inline(lock.owner)}, process {lock.pid} on {inline(lock.host)}, "
        f"since {lock.acquired_at:%Y-%m-%d %H:%M:%S} UTC, {lease}"
    )


def lock_text(lock: LockRecord) -> str:
    """Say what a lock means before somebody breaks it."""
    if lock.is_expired:
        meaning = "Nobody renews it any more: the apply that took it is gone, and the next one takes it by itself."
    else:
        meaning = "It was renewed within the last minute: that apply seems to go on. Broken, it stops half-way."
    return f"The lock {inline(lock.name)} is {holder_text(lock)}.\n{meaning}"
