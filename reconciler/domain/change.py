"""A change: the difference between desired and live at one address, and what would be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.domain.address import Address
    from reconciler.domain.value import Side
    from reconciler.errors import Location


class Action(StrEnum):
    """What is to be done at an address."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NO_OP = "no-op"


class Reason(StrEnum):
    """Why that is to be done."""

    MISSING = "create_because_missing"
    DIFFERENT = "update_because_different"
    ABSENT = "delete_because_declared_absent"
    PRUNED = "delete_because_undeclared_and_pruned"
    ROLLED_BACK = "delete_because_rolled_back"
    """It was not there before the run that is rolled back."""
    EQUAL = "no_op_because_equal"
    KEPT = "no_op_because_kept"
    """Set by people, or generated earlier: checked, never overwritten."""
    GONE = "no_op_because_already_absent"


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One address of the plan; `before` and `after` are `None` where there is no value."""

    address: Address
    target_id: str
    action: Action
    reason: Reason
    before: Side | None
    after: Side | None
    source: str | None = None
    """Where the value comes from, as written: a reference, `literal`, `generate`, `external`, `absent`."""
    location: Location | None = None
