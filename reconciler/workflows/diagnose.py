"""Diagnose: gather what can be read of one service, and judge it; nothing here can write."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.diagnosis import Case, Logged, diagnosis_of, sightings_of, story_of
from reconciler.diagnosis.standing import FAILED, GOOD, RECENTLY
from reconciler.planning.targets import resolve_targets
from reconciler.workflows.gathering import Gathering, Notes, Question, Tools
from reconciler.workflows.together import both_of
from reconciler.workflows.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.domain.deploy import Deploy
    from reconciler.domain.diagnosis import Diagnosis
    from reconciler.domain.state import LogPattern

LOOKED_BACK = RECENTLY
"""How far back the logs and events of a service that runs are read; of one that fails, since it began to."""

_ORDER = (
    "service",
    "deploys",
    "events",
    "logs",
    "health path",
    "variables",
    "secret files",
    "env groups",
    "declared values",
    "rules",
    "comparison",
    "audit log",
    "journal",
)


async def diagnose(question: Question, tools: Tools) -> Diagnosis:
    """Gather and judge; raises `ReconcileError` only where the service itself cannot be found on Render."""
    owner, notes = question.owner, Notes()
    reader = tools.readers[owner.environment]
    tools.progress.say(f"reading {owner} from Render")
    workspaces = await Workspaces.find(question.desired, tools.readers, {owner.environment})
    listings = await workspaces.services(lambda _environments, _page: None)
    target = resolve_targets(question.desired.services, {owner}, listings, "service")[owner]
    notes.done("service", f"{target.name} ({target.id}), {target.type.replace('_', ' ')}")
    gathering = Gathering(question, tools, notes, target)
    (deploys, live), (neighbour, (wanted, changes)) = await both_of(
        both_of(
            notes.trying("deploys", reader.deploys(target.id)),
            gathering.live(workspaces),
        ),
        both_of(gathering.neighbour(), both_of(gathering.wanted(), gathering.changes())),
    )
    if deploys is not None:
        notes.done("deploys", f"the last {len(deploys)}")
    since = _since(deploys, tools.now)
    events, (lines, complaint) = await both_of(
        notes.trying("events", reader.events(target.id, since=since)),
        both_of(gathering.lines(since), gathering.complaint()),
    )
    if events is not None:
        notes.done("events", f"{len(events)} since {since:%Y-%m-%d %H:%M} UTC")
    runs, is_owed = gathering.journal()
    case = Case(
        question.desired,
        owner,
        target,
        tools.now,
        (),
        deploys=deploys,
        events=events,
        logs_since=since if lines is not None else None,
        variables=live[0].variables if live[0] else None,
        files=live[0].secret_files if live[0] else None,
        groups=live[1],
        wanted=wanted,
        changes=changes,
        runs=runs,
        is_owed=is_owed,
        complaint=complaint,
        neighbour=neighbour,
    )
    findings = gathering.findings(live[0], live[1])
    keys = frozenset({address.key for address in case.declared} | case.effective.keys())
    logged = Logged(keys, _fatal(case), tools.scrub)
    sightings = None if lines is None else sightings_of(lines, logged)
    checks = tuple(sorted(notes.checks, key=lambda check: _ORDER.index(check.name)))
    return diagnosis_of(replace(case, findings=findings, sightings=sightings, checks=checks))


def _since(deploys: Sequence[Deploy] | None, now: datetime) -> datetime:
    """Return since when logs and events tell of the present trouble."""
    story = story_of(deploys)
    if story.first_failed_at is not None:
        return story.first_failed_at
    newest = next((deploy for deploy in deploys or () if deploy.status in FAILED | GOOD), None)
    if newest is None:
        return now - LOOKED_BACK
    return max(newest.started_at or newest.created_at, now - LOOKED_BACK)


def _fatal(case: Case) -> list[tuple[str, re.Pattern[str]]]:
    health = case.service.health
    return [] if health is None else [(str(each), _compiled(each)) for each in health.log_fatal]


def _compiled(pattern: LogPattern) -> re.Pattern[str]:
    return re.compile(pattern.text if pattern.regex else re.escape(pattern.text))
