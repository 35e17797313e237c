"""Drift: what of Render is no longer as services.yaml says; it looks and never proposes to write."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.domain.address import Address
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.plan import Plan, Scope, Target


@dataclass(frozen=True, slots=True)
class Drift:
    """The addresses where live differs from desired, and the checks that live values fail."""

    checked_at: datetime
    scope: Scope
    targets: tuple[Target, ...]
    changes: tuple[ResourceChange, ...]
    checks: tuple[Finding, ...]
    ignored: int
    """Differences that were asked to be passed over."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing drifted and nothing is wrong."""
        return not self.changes and not self.checks


def drift_of(plan: Plan, ignore: Sequence[str]) -> Drift:
    """Return what a plan says as drift, without what a glob in `ignore` matches by its key or its whole address."""

    def is_ignored(address: Address | None) -> bool:
        return address is not None and any(
            fnmatchcase(address.key, glob) or fnmatchcase(str(address), glob) for glob in ignore
        )

    changes = tuple(change for change in plan.pending if not is_ignored(change.address))
    checks = tuple(check for check in plan.checks if not is_ignored(check.address))
    ignored = len(plan.pending) - len(changes) + len(plan.checks) - len(checks)
    return Drift(plan.created_at, plan.scope, plan.targets, changes, checks, ignored)
