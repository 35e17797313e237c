"""A diagnosis: what was looked at, what was seen, and what may be the cause; it holds no value and no log line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.finding import Finding
    from reconciler.domain.journal import RunHistory
    from reconciler.domain.state import ServiceSummary


class Symptom(StrEnum):
    """What a log line is known to be a sign of."""

    NETWORK_UNREACHABLE = "network_unreachable"
    CONNECTION_REFUSED = "connection_refused"
    NAME_RESOLUTION = "name_resolution"
    AUTHENTICATION = "authentication"
    MISSING_KEY = "missing_key"
    WRONG_TYPE = "wrong_type"
    PORT_NOT_BOUND = "port_not_bound"
    OUT_OF_MEMORY = "out_of_memory"
    CRASH = "crash"
    DECLARED_FATAL = "declared_fatal"
    """What the service's own `health.log_fatal` in services.yaml says."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One symptom, as often as it was logged."""

    symptom: Symptom
    count: int
    first: datetime
    last: datetime
    excerpt: str
    """The known words that were found, scrubbed; never what else stands in the line, which may be a secret."""
    names: tuple[str, ...] = ()
    """Variables that such lines name."""


class CheckState(StrEnum):
    """Whether something was looked at."""

    DONE = "done"
    NOT_RUN = "not_run"
    """It was not asked for, or there is nothing to look at."""
    FAILED = "failed"
    """It could not be read, so nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was to be looked at."""

    name: str
    state: CheckState
    detail: str


class Standing(StrEnum):
    """How the service stands, by Render's word."""

    RUNNING = "running"
    CRASHING = "crashing"
    """Its newest deploy went live, and its instances end again and again."""
    FAILING = "failing"
    """Its newest deploy did not go live."""
    DEPLOYING = "deploying"
    SUSPENDED = "suspended"
    NEVER_DEPLOYED = "never_deployed"
    UNKNOWN = "unknown"

    @property
    def is_failing(self) -> bool:
        """Whether it is seen not to work."""
        return self in {Standing.CRASHING, Standing.FAILING, Standing.SUSPENDED}


class Confidence(StrEnum):
    """How sure a hypothesis is, the surest first."""

    SHOWN = "shown"
    """Two things that were read independently of each other say the same."""
    LIKELY = "likely"
    """The service fails and this is wrong; nothing that was read ties the two together."""
    POSSIBLE = "possible"
    """It is wrong or conspicuous, and the service is not seen to fail by it."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What may be the cause, what speaks for it, and what mends it."""

    kind: str
    title: str
    confidence: Confidence
    evidence: tuple[str, ...]
    fix: str
    command: str | None = None
    """The command that plans the fix; `None` where no command of ours can."""
    addresses: tuple[Address, ...] = ()
    accounts_for: tuple[Symptom, ...] = ()
    """The symptoms that it would bring about, of those that were seen."""
    causes: tuple[str, ...] = ()
    """How it came about, as far as that is known: who changed what and when."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    text: str


class Verdict(StrEnum):
    """What a diagnosis comes to."""

    CAUSE_SHOWN = "cause_shown"
    CAUSE_LIKELY = "cause_likely"
    CONSPICUOUS = "conspicuous"
    """The service is not seen to fail, and something is wrong all the same."""
    HEALTHY = "healthy"
    """Everything was read, and nothing was found."""
    NOT_KNOWN = "not_known"
    """Nothing that was read explains it, or too little was read to say."""


@dataclass(frozen=True, slots=True)
class DeployStory:
    """The service's last deploys, as far as they tell when it began to fail."""

    first_failed: str | None = None
    """The deploy with which it began to fail."""
    first_failed_at: datetime | None = None
    last_good: str | None = None
    is_first_known: bool = False
    """Whether a good deploy is known before it; otherwise it may have begun earlier still."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found of one service, the likeliest hypothesis first."""

    owner: Owner
    target: ServiceSummary
    checked_at: datetime
    logs_since: datetime | None
    standing: Standing
    verdict: Verdict
    story: DeployStory
    hypotheses: Sequence[Hypothesis]
    sightings: Sequence[Sighting]
    findings: Sequence[Finding]
    checks: Sequence[Check]
    timeline: Sequence[Moment]
    runs: Sequence[RunHistory] = ()
    """The journal's last runs that wrote to the service, newest first."""
    against: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that was to be looked at was."""
        return all(check.state is not CheckState.FAILED for check in self.checks)
