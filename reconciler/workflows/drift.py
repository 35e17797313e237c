"""Drift: what of Render is no longer as services.yaml says; it looks and never proposes to write."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.plan import Plan, Scope, Target
    from reconciler.workflows.since import Lookback


@dataclass(frozen=True, slots=True)
class Since:
    """From when on drift was looked for, and what was therefore not read."""

    run: int | None
    """The run that vouches for what was before; `None` for a time, of which nothing does."""
    begins: datetime | None
    """From when on changes were looked for; `None` where that could not be done."""
    left: tuple[Owner, ...]
    """The services that were not read, since Render's audit log names no change of them."""
    gaps: tuple[str, ...]
    """Why services were read without a change in the log, each a sentence; none where the log could be relied on."""

    @property
    def unverified(self) -> tuple[Owner, ...]:
        """The services of which nobody knows how they were before."""
        return self.left if self.run is None else ()


@dataclass(frozen=True, slots=True)
class Drift:
    """The addresses where live differs from desired, and the checks that live values fail."""

    checked_at: datetime
    scope: Scope
    targets: tuple[Target, ...]
    """What was read."""
    changes: tuple[ResourceChange, ...]
    checks: tuple[Finding, ...]
    ignored: int
    """Differences that were asked to be passed over."""
    since: Since | None = None
    """`None` where everything was read because nothing else was asked for."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing drifted and nothing is wrong, and that is known of everything in scope."""
        return self.found_nothing and not (self.since and self.since.unverified)

    @property
    def found_nothing(self) -> bool:
        """Whether nothing drifted and nothing is wrong in what was looked at."""
        return not self.changes and not self.checks


def drift_of(
    plan: Plan, ignore: Sequence[str], lookback: Lookback | None = None, left: frozenset[Owner] = frozenset()
) -> Drift:
    """Return what a plan says as drift, without what a glob in `ignore` matches by its key or its whole address.

    `left` are the services that a lookback found to need no reading.
    """

    def is_ignored(address: Address | None) -> bool:
        return address is not None and any(
            fnmatchcase(address.key, glob) or fnmatchcase(str(address), glob) for glob in ignore
        )

    changes = tuple(change for change in plan.pending if not is_ignored(change.address))
    checks = tuple(check for check in plan.checks if not is_ignored(check.address))
    ignored = len(plan.pending) - len(changes) + len(plan.checks) - len(checks)
    since = None
    if lookback is not None:
        since = Since(lookback.run, lookback.begins, tuple(sorted(left, key=str)), tuple(lookback.gaps))
    return Drift(plan.created_at, plan.scope, plan.targets, changes, checks, ignored, since)
