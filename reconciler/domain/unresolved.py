"""A reference without a usable value, and which kind of failure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import Problem


class Cause(StrEnum):
    """Why a reference has no value, as far as people count it."""

    MISSING = "missing"
    """The store was asked and does not have it."""
    FORBIDDEN = "forbidden"
    """The store does not let these credentials have it, or does not take the credentials."""
    FAILED = "failed"
    """Anything else: the store was not reached, the reference makes no sense, the value is of no use."""


@dataclass(frozen=True, slots=True)
class Unresolved(Problem):
    """The problem that stands in the place of a value; like every problem, it never holds one."""

    cause: Cause = Cause.FAILED
