"""Gathering: what can be read of one service, one failure hiding no other; each one is noted. Reads only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from reconciler.diagnosis import Case, Neighbour, standing_of
from reconciler.diagnosis.standing import RECENTLY
from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import Absent, Literal, SecretRef
from reconciler.domain.diagnosis import Check, CheckState
from reconciler.domain.state import LiveService, LiveState
from reconciler.domain.value import Secret
from reconciler.errors import Problem, ProblemsError, ReconcileError
from reconciler.planning.targets import resolve_targets
from reconciler.planning.values import Declared, desired_values, references
from reconciler.rules import Known, findings_of, scene_of
from reconciler.workflows.together import all_of, both_of
from reconciler.workflows.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.audit import AuditTrail, VariableEvent
    from reconciler.domain.definition import Definition
    from reconciler.domain.deploy import LogLine
    from reconciler.domain.finding import Finding
    from reconciler.domain.journal import RunHistory
    from reconciler.domain.state import DesiredState, LiveGroup, ServiceSummary
    from reconciler.ports import HealthProbe, JournalReader, LiveReader, Progress, SecretResolver

NEWEST_LINES = 1_000
"""Log lines that are read, the newest: ten of the thirty requests a minute that Render allows a workspace."""
AUDITED = RECENTLY * 24 * 7
"""How far back the audit log is read."""
LAST_RUNS = 20

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be diagnosed, and with what it is compared."""

    desired: DesiredState
    owner: Owner
    against: str | None = None

    @property
    def neighbour(self) -> Owner | None:
        """The same service in the environment to compare with."""
        return None if self.against is None else Owner(self.against, service=self.owner.service)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a diagnosis reads with."""

    readers: Mapping[str, LiveReader]
    resolver: SecretResolver
    probe: HealthProbe
    journal: JournalReader | None
    scrub: Callable[[str], str]
    """Takes out of a text what this run knows for a value."""
    remember: Callable[[Iterable[Secret]], None]
    """Is told of values that `scrub` has to know, beside those that Render told."""
    progress: Progress
    now: datetime
    patience: float
    """Seconds that the log, or the audit log, may take, however long a rate limit lasts."""


@dataclass(slots=True)
class Notes:
    """What was looked at, and what could not be."""

    checks: list[Check] = field(default_factory=list)

    def done(self, name: str, detail: str) -> None:
        """Note that something was looked at."""
        self.checks.append(Check(name, CheckState.DONE, detail))

    def skipped(self, name: str, detail: str) -> None:
        """Note that something was not to be looked at."""
        self.checks.append(Check(name, CheckState.NOT_RUN, detail))

    def failed(self, name: str, detail: str) -> None:
        """Note that something could not be looked at."""
        self.checks.append(Check(name, CheckState.FAILED, detail))

    async def trying(
        self, name: str, work: Coroutine[object, object, Result], patience: float | None = None
    ) -> Result | None:
        """Return what some work comes to; `None` where it fails or takes too long, which is noted."""
        try:
            async with asyncio.timeout(patience):
                return await work
        except TimeoutError:
            self.failed(name, f"not read within {patience:.0f} s; a rate limit of Render's may hold it back")
        except ReconcileError as error:
            self.failed(name, _reason(error))
        return None


@dataclass(frozen=True, slots=True)
class Gathering:
    """The parts of a case that take more than one request."""

    question: Question
    tools: Tools
    notes: Notes
    target: ServiceSummary

    @property
    def reader(self) -> LiveReader:
        """What reads the service's environment."""
        return self.tools.readers[self.question.owner.environment]

    async def live(self, workspaces: Workspaces) -> tuple[LiveService | None, dict[Owner, LiveGroup]]:
        """Read what the service has, and the groups that it is declared to be linked to."""
        service, notes = self.question.desired.services[self.question.owner], self.notes
        variables = await notes.trying("variables", self.reader.variables(self.target.id))
        if variables is not None:
            notes.done("variables", f"{len(variables)} on the service, {len(service.variables)} declared")
        files: Mapping[str, Secret] | None = None
        if service.secret_files:
            files = await notes.trying("secret files", self.reader.secret_files(self.target.id))
            if files is not None:
                notes.done("secret files", f"{len(files)} on the service, {len(service.secret_files)} declared")
        groups: dict[Owner, LiveGroup] = {}
        if service.env_groups:
            read = await notes.trying("env groups", self._groups(service.env_groups, workspaces))
            if read is not None:
                groups = read
                notes.done("env groups", f"{len(groups)} that the service is declared to be linked to")
        found = None if variables is None else LiveService(self.target, variables, files)
        return found, groups

    async def _groups(self, names: Sequence[str], workspaces: Workspaces) -> dict[Owner, LiveGroup]:
        environment = self.question.owner.environment
        owners = [Owner(environment, group=name) for name in names]
        listing = await self.reader.groups(workspaces.ids[environment])
        found = resolve_targets(self.question.desired.groups, owners, {environment: listing}, "env group")
        read = await all_of(self.reader.group(summary.id) for summary in found.values())
        return dict(zip(found, read, strict=True))

    async def wanted(self) -> dict[Address, Secret]:
        """Return what literals and references stand for; those that cannot be had are noted."""
        items = [Declared(address, definition) for address, definition in self._declared().items()]
        wanted = references(items)
        fetched: Mapping[SecretRef, Secret | Problem] = {}
        if wanted:
            read = await self.notes.trying("declared values", self.tools.resolver.resolve(wanted))
            fetched = {} if read is None else read
            self.tools.remember(value for value in fetched.values() if isinstance(value, Secret))
        values: dict[Address, Secret] = {}
        problems: list[str] = []
        for item in items:
            if isinstance(item.definition.source, SecretRef) and item.definition.source not in fetched:
                continue
            try:
                values |= desired_values([item], fetched)
            except ProblemsError as error:
                problems.append(_reason(error))
        self.tools.remember(values.values())
        others = sum(not isinstance(each.definition.source, SecretRef | Literal | Absent) for each in items)
        rest = f"; {others} that Render or people make are not compared" if others else ""
        if problems:
            self.notes.failed("declared values", "; ".join(problems))
        elif not wanted or fetched:
            self.notes.done("declared values", f"{len(values)} by literals and references{rest}")
        return values

    def _declared(self) -> Mapping[Address, Definition]:
        return Case(self.question.desired, self.question.owner, self.target, self.tools.now, ()).declared

    async def changes(self) -> tuple[VariableEvent, ...]:
        """Return who changed the service's variables, newest first, where the workspace's audit log tells."""
        name, since = "audit log", self.tools.now - AUDITED
        trail = await self.notes.trying(name, self._trail(since), self.tools.patience)
        if trail is None:
            if not any(check.name == name for check in self.notes.checks):
                self.notes.skipped(name, "the workspace has none that this API key may read")
            return ()
        self.notes.done(name, f"since {trail.since:%Y-%m-%d %H:%M} UTC")
        return tuple(event for event in trail.events if event.service_id == self.target.id)

    def _trail(self, since: datetime) -> Coroutine[object, object, AuditTrail | None]:
        return self.reader.audit_trail(self.target.workspace_id, since=since)

    async def lines(self, since: datetime) -> Sequence[LogLine] | None:
        """Read log lines, for as long as there is patience."""
        self.tools.progress.say("reading logs from Render")
        work = self.reader.logs(
            self.target.workspace_id, self.target.id, since=since, newest=NEWEST_LINES, with_build=True
        )
        lines = await self.notes.trying("logs", work, self.tools.patience)
        if lines is None:
            return None
        cut = "; there are older ones that were not read" if len(lines) >= NEWEST_LINES else ""
        self.notes.done("logs", f"{len(lines):,} lines since {since:%Y-%m-%d %H:%M} UTC{cut}")
        return lines

    async def complaint(self) -> str | None:
        """Ask the health path that is declared, if any."""
        health = self.question.desired.services[self.question.owner].health
        if health is None or health.path is None:
            return None
        if self.target.url is None or not self.target.url.startswith(("http://", "https://")):
            self.notes.failed("health path", f"Render names no public URL to ask {health.path} of")
            return None
        said = await self.tools.probe.check(self.target.url.rstrip("/") + health.path)
        self.notes.done("health path", f"{health.path} answered" if said is None else f"{health.path}: {said}")
        return None if said is None else f"{health.path}: {said}"

    async def neighbour(self) -> Neighbour | None:
        """Read the same service in the environment to compare with."""
        owner = self.question.neighbour
        if owner is None:
            self.notes.skipped("comparison", "no --against ENV was given")
            return None
        read = await self.notes.trying("comparison", self._neighbour(owner))
        if read is not None:
            doubt = "" if read.works else f", which is not seen to work either: it is {read.standing}"
            self.notes.done("comparison", f"with the {len(read.variables)} variables of {owner}{doubt}")
        return read

    async def _neighbour(self, owner: Owner) -> Neighbour:
        reader = self.tools.readers[owner.environment]
        workspaces = await Workspaces.find(self.question.desired, self.tools.readers, {owner.environment})
        listings = await workspaces.services(lambda _environments, _page: None)
        target = resolve_targets(self.question.desired.services, {owner}, listings, "service")[owner]
        deploys, variables = await both_of(reader.deploys(target.id), reader.variables(target.id))
        return Neighbour(owner, variables, standing_of(target, deploys, None, self.tools.now))

    def journal(self) -> tuple[tuple[RunHistory, ...], bool]:
        """Return the last runs that wrote to the service, newest first, and whether it is owed a deploy."""
        if self.tools.journal is None:
            self.notes.skipped("journal", "no apply has made one here")
            return (), False
        try:
            read = [self.tools.journal.run(run.id) for run in self.tools.journal.runs(LAST_RUNS)]
            owed = any(each.target_id == self.target.id for each in self.tools.journal.owed_deploys())
        except ReconcileError as error:
            self.notes.failed("journal", _reason(error))
            return (), False
        runs = tuple(run for run in read if run is not None and _concerns(run, self.target.id))
        self.notes.done("journal", f"{len(runs)} of the last {len(read)} runs concern the service")
        return runs, owed

    def findings(self, service: LiveService | None, groups: Mapping[Owner, LiveGroup]) -> tuple[Finding, ...]:
        """Return what the rules say of what is live."""
        if service is None:
            self.notes.failed("rules", "there are no values to hold them to: the variables were not read")
            return ()
        owner = self.question.owner
        live = LiveState({owner: service}, groups)
        values = {Address(owner, Kind.ENV_VAR, key): value for key, value in service.variables.items()}
        values |= {Address(owner, Kind.SECRET_FILE, key): value for key, value in (service.secret_files or {}).items()}
        for group, held in groups.items():
            values |= {Address(group, Kind.ENV_VAR, key): value for key, value in held.variables.items()}
        scene = scene_of(self.question.desired, Known(values, live, self.tools.now), {owner, *groups})
        found = tuple(findings_of(scene))
        self.notes.done("rules", f"{len(found)} findings")
        return found


def _concerns(history: RunHistory, target_id: str) -> bool:
    return any(each.target_id == target_id for each in history.steps) or any(
        each.target_id == target_id for each in history.deploys
    )


def _reason(error: ReconcileError) -> str:
    if isinstance(error, ProblemsError):
        return "; ".join(problem.message for problem in error.problems)
    return error.message
