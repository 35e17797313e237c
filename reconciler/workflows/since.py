"""Since: which services need not be read again, because nobody changed them since a run ended well, or since a time.

Render's audit log says who changed which service's variables. A service is left unread only where the log is known to
go back far enough, names no change of it, and would have named one. A run of the journal vouches besides for what was
before: the service had all that services.yaml says then, and services.yaml and the secret stores say the same now.
Since a time nothing vouches for what was before it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.journal import RunResult
from reconciler.domain.outcome import StepStatus
from reconciler.errors import RenderError
from reconciler.planning.matching import desired_fingerprint, givers, is_told_by_log
from reconciler.workflows.together import all_of, both_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.journal import Match, RunHistory
    from reconciler.domain.state import DesiredState
    from reconciler.domain.value import Secret
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.ports import JournalReader, LiveReader

    MayLeave = Callable[[Owner, str], bool]
    """Tells of a service and its id on Render whether it may be left unread."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far the clock that a run or a person went by may be ahead of Render's: that much earlier changes count, too."""

UNPROVEN_CLOCK = timedelta(days=1)
"""As much where nothing that a run wrote stands in the log at its time: a clock set to local time is hours ahead."""


@dataclass(slots=True)
class Lookback:
    """Finds out what need not be read, and says why where everything had to be."""

    since: int | datetime
    """A run of the journal, or a time."""
    key: FingerprintKey
    journal: JournalReader | None
    gaps: list[str] = field(default_factory=list)
    """Why services were read all the same, each a sentence."""
    begins: datetime | None = None
    """From when on changes were looked for; `None` where they could not be."""

    @property
    def run(self) -> int | None:
        """The run that vouches for what was before."""
        return None if isinstance(self.since, datetime) else self.since

    async def unchanged(
        self,
        desired: DesiredState,
        values: Mapping[Address, Secret],
        readers: Mapping[str, LiveReader],
        workspaces: Mapping[str, str],
    ) -> MayLeave:
        """Find out which services may be left unread.

        `workspaces` are the ids of the workspaces of the environments that are looked at. Raises `StoreError`.
        """
        history = self._history()
        matches = None if history is None else self._matches(history)
        if isinstance(self.since, datetime):
            begins = self.since
        elif history is None or not matches:
            return _nothing
        else:
            begins = min(match.read_at for match in matches.values())
        self.begins = begins
        places = {(id(readers[name]), workspace): readers[name] for name, workspace in workspaces.items()}
        written = _written(history, workspaces)
        found = await all_of(
            self._touched(workspace, reader, begins, written.get(workspace, frozenset()))
            for (_, workspace), reader in places.items()
        )
        touched = dict(zip(places, found, strict=True))
        by_environment = {name: touched[id(readers[name]), workspace] for name, workspace in workspaces.items()}
        needed, owing = givers(desired), self._owing()
        kinds = {name: environment.kind for name, environment in desired.environments.items()}

        @functools.cache
        def may_leave(owner: Owner, service_id: str) -> bool:
            changed, service = by_environment.get(owner.environment), desired.services[owner]
            if changed is None or service_id in changed or service_id in owing or owner in needed:
                return False
            if not is_told_by_log(service):
                return False
            if matches is None:
                return True
            match = matches.get(owner)
            return (
                match is not None
                and match.target_id == service_id
                and match.desired == desired_fingerprint(service, kinds, values, self.key)
            )

        return may_leave

    def _history(self) -> RunHistory | None:
        """Return the run that is meant, if one is; where the journal does not have it, that is a gap."""
        if isinstance(self.since, datetime):
            return None
        history = None if self.journal is None else self.journal.run(self.since)
        if history is None:
            self.gaps.append(f"the journal has no run {self.since}")
        return history

    def _matches(self, history: RunHistory) -> Mapping[Owner, Match]:
        """Return what a run vouches for; nothing, which is a gap, where it vouches for none."""
        matches = {} if self.journal is None else self.journal.matches(history.run.id)
        if history.run.result is not RunResult.SUCCEEDED:
            self.gaps.append(f"run {history.run.id} did not end with everything as planned")
        elif history.run.key_id != self.key.key_id:
            self.gaps.append(f"run {history.run.id} was applied under another RECONCILE_PLAN_KEY or API key")
        elif not matches:
            self.gaps.append(f"the journal does not say which services were as they should be after {history.run.id}")
        else:
            return matches
        return {}

    async def _touched(
        self, workspace: str, reader: LiveReader, begins: datetime, written: frozenset[str]
    ) -> frozenset[str] | None:
        """Return the services of a workspace that its log names since; `None`, and why, where it may have a gap.

        It has to name those that the run has `written`, which proves that the run's clock was not ahead.
        """
        since = begins - (CLOCK_SKEW if written or self.run is None else UNPROVEN_CLOCK)
        log = f"the audit log of {workspace}"
        try:
            trail, reaches = await both_of(
                reader.audit_trail(workspace, since=since), reader.audit_log_reaches(workspace, since)
            )
        except RenderError as error:
            self.gaps.append(f"{log} could not be read: {error.message}")
            return None
        if trail is None:
            self.gaps.append(f"{log} cannot be read: it comes with a paid plan, and not every key may read it")
        elif trail.since > since:
            self.gaps.append(f"{log} is too long since then: only its newest part is read")
        elif not reaches:
            self.gaps.append(f"{log} has no entry from before {_told(since)}, so it may not go back that far")
        elif trail.is_vague:
            self.gaps.append(f"{log} tells of a change of variables without saying whose")
        elif written - trail.touched:
            self.gaps.append(f"{log} does not tell of what run {self.since} wrote")
        else:
            return trail.touched
        return None

    def _owing(self) -> frozenset[str]:
        """Return the services of which the journal has something to say, which needs a look at them."""
        if self.journal is None:
            return frozenset()
        return (
            frozenset(owed.target_id for owed in self.journal.owed_deploys()) | self.journal.unproven_deploys().keys()
        )


def _written(history: RunHistory | None, workspaces: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return the services whose variables a run has written, by the id of their workspace."""
    found: dict[str, frozenset[str]] = {}
    for step in () if history is None else history.steps:
        owner = step.address.owner
        is_variable = step.address.kind is Kind.ENV_VAR and owner.service is not None
        if is_variable and step.status is StepStatus.DONE and owner.environment in workspaces:
            workspace = workspaces[owner.environment]
            found[workspace] = found.get(workspace, frozenset()) | {step.target_id}
    return found


def _nothing(_owner: Owner, _service_id: str) -> bool:
    return False


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
