"""What the journal remembers of the services that a plan is about: last applied values, and deploys still owed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from reconciler.domain.deploy import DeployStatus
from reconciler.domain.finding import Finding, Severity
from reconciler.domain.state import DeployMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.address import Address
    from reconciler.domain.deploy import Deploy
    from reconciler.domain.journal import Applied, OwedDeploy
    from reconciler.domain.state import DesiredService
    from reconciler.domain.value import Fingerprint
    from reconciler.planning.diff import Difference
    from reconciler.planning.fingerprint import FingerprintKey

PENDING = "RC016"
UNDER_WAY = "RC017"
UNPROVEN = "RC022"

CLOCK_SKEW = timedelta(minutes=5)
"""How far the store's clock may be from Render's: a deploy that much later than a write has its value."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A service whose values wait for a deploy, as the journal says and Render does not contradict."""

    owed: OwedDeploy
    under_way: str | None = None
    """The deploy that has the values and has not ended yet."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the journal knows that bears on a plan; nothing, where there is no journal."""

    applied: Mapping[Address, Applied] = field(default_factory=dict)
    deployed: Mapping[str, Mapping[Address, Fingerprint]] = field(default_factory=dict)
    """What a service had when its last live deploy was asked for, by the service's id on Render."""
    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    """By the service's id on Render."""
    blueprints: Mapping[str, datetime] = field(default_factory=dict)
    """When a Blueprint last deployed a service, by its id, as far as that came to light."""
    unproven: Mapping[str, int] = field(default_factory=dict)
    """The run after whose deploy a service was not seen to be healthy, by the service's id."""
    asked: int = 0
    """Requests to Render that it took to find out which services still wait."""

    def owed(self, target_id: str) -> OwedDeploy | None:
        """Return the deploy that a service owes and that nobody has begun."""
        waiting = self.waiting.get(target_id)
        return None if waiting is None or waiting.under_way else waiting.owed

    def vouches_for(self, target_id: str, differences: Iterable[Difference] | None, key: FingerprintKey) -> bool:
        """Whether all declared values of a service are known to run there: seen before its last deploy, none waiting.

        The variables of its groups are not among those that a deploy saw; of them, each was applied by a run.
        """
        if differences is None or target_id in self.waiting or target_id not in self.deployed:
            return False
        return all(
            self._last_seen(target_id, item) == key.fingerprint(item.before)
            for item in differences
            if item.before is not None
        )

    def _last_seen(self, target_id: str, item: Difference) -> Fingerprint | None:
        address = item.change.address
        if address.owner.group is None:
            return self.deployed[target_id].get(address)
        applied = self.applied.get(address)
        return applied.fingerprint if applied and applied.target_id == item.change.target_id else None


def waiting_of(owed: OwedDeploy, deploys: Sequence[Deploy]) -> Waiting | None:
    """Judge by a service's deploys, newest first, whether its values still wait; `None` where a live one has them."""
    newer = _newer(owed, deploys)
    asked_for = owed.request.deploy_id if owed.request is not None else None
    if owed.mode is DeployMode.BUILD_AND_DEPLOY:
        # Of a deploy that somebody else asked for, Render does not say whether it built anything.
        newer = [deploy for deploy in newer if deploy.id == asked_for]
    if any(deploy.status is DeployStatus.LIVE for deploy in newer):
        return None
    return Waiting(owed, next((deploy.id for deploy in newer if not deploy.status.has_ended), None))


def _newer(owed: OwedDeploy, deploys: Sequence[Deploy]) -> list[Deploy]:
    """Return the deploys that were created after the last of the writes."""
    if owed.request is not None:
        # Which deploys there were after the writes is known, so no clocks need to be compared.
        baseline = owed.request.newest_before
        return list(takewhile(lambda deploy: deploy.id != baseline, deploys))
    return [deploy for deploy in deploys if deploy.created_at > owed.last_write_at + CLOCK_SKEW]


def waiting_finding(service: DesiredService, waiting: Waiting, *, is_planned: bool) -> list[Finding]:
    """Return the warning about values that are set and not deployed, unless the plan deploys them."""
    run = f"run {waiting.owed.run_id}"
    if waiting.under_way:
        message = (
            f"{service.owner}: deploy {waiting.under_way}, which brings the values of {run} to life, has not ended yet;"
            " plan again when it has"
        )
        return [Finding(UNDER_WAY, "deploy-under-way", Severity.WARNING, message, None, service.location)]
    if is_planned:
        return []
    message = f"{service.owner}: the values of {run} are set and wait for a deploy"
    return [Finding(PENDING, "deploy-pending", Severity.WARNING, message, None, service.location)]


def unproven_finding(service: DesiredService, run_id: int) -> Finding:
    """Return the warning that a service with a health rule was not seen to be healthy after its last deploy."""
    message = f"{service.owner}: run {run_id} deployed it and did not see it healthy, and no run has since"
    fix = "look at the service; the next deploy by an apply proves its health anew"
    return Finding(UNPROVEN, "health-not-proven", Severity.WARNING, message, None, service.location, fix)
