"""A finding: something that a check has to say about a value, a variable or a service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.domain.address import Address
    from reconciler.errors import Location


class Severity(StrEnum):
    """Errors stop an apply; warnings are shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: the rule's stable code and name, the sentence, and where."""

    code: str
    name: str
    severity: Severity
    message: str
    address: Address | None = None
    location: Location | None = None
    fix: str | None = None
