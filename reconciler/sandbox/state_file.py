"""A sandbox's state as a file, so that a rehearsal can be stopped and gone on with.

The file holds the sandbox's API key and its made-up secrets, so it is readable by its owner only. It is written to a
neighbour and moved into place: a killed sandbox leaves the last whole state.
"""

import os
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reconciler.errors import UsageError
from reconciler.sandbox.deploy import Deploy, Outcome, Timing
from reconciler.sandbox.entries import Holding
from reconciler.sandbox.instance import Instance, LogLine
from reconciler.sandbox.job import Job
from reconciler.sandbox.record import (
    ApiKey,
    AuditEntry,
    Datastore,
    EnvGroup,
    Environment,
    Owner,
    Project,
    Service,
    ServiceEvent,
)
from reconciler.sandbox.rollout import Rollout
from reconciler.sandbox.scenarios import Scenario
from reconciler.sandbox.workloads import Pace, SupabaseProject
from reconciler.sandbox.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Track:
    deploys: list[Deploy]
    instances: list[Instance]
    outcomes: list[tuple[Outcome, str]]


@dataclass(frozen=True, slots=True)
class _State:
    scenario: str
    environments: dict[str, dict[str, str]]
    api_key: str
    timing: Timing
    pace: Pace
    keys: list[ApiKey]
    projects: dict[str, SupabaseProject]
    owners: list[Owner]
    services: list[Service]
    groups: list[EnvGroup]
    datastores: list[Datastore]
    holdings: dict[str, Holding]
    tracks: dict[str, _Track]
    audit: list[AuditEntry]
    jobs: dict[str, list[Job]]
    events: dict[str, list[ServiceEvent]]
    requests: dict[str, list[LogLine]]
    render_projects: list[Project] = field(default_factory=list)
    render_environments: list[Environment] = field(default_factory=list)


_CODEC = TypeAdapter(_State)


def save(path: Path, workspace: Workspace, scenario: Scenario, api_key: str) -> None:
    """Write the state."""
    holders = [service.id for service in workspace.services] + [group.id for group in workspace.groups]
    state = _State(
        scenario=scenario.name,
        environments={name: dict(values) for name, values in scenario.environments.items()},
        api_key=api_key,
        timing=workspace.timing,
        pace=workspace.pace,
        keys=list(workspace.keys.values()),
        projects=workspace.projects,
        owners=list(workspace.owners),
        services=list(workspace.services),
        groups=list(workspace.groups),
        datastores=list(workspace.datastores),
        holdings={holder: workspace.holding(holder) for holder in holders},
        tracks={rollout.service_id: _track(rollout) for rollout in workspace.rollouts()},
        audit=workspace.audit,
        jobs=workspace.jobs,
        events=workspace.events,
        requests=workspace.requests,
        render_projects=list(workspace.render_projects),
        render_environments=list(workspace.render_environments),
    )
    neighbour = path.with_name(f"{path.name}.new")
    descriptor = os.open(neighbour, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 — a path has no mode to create with
        file.write(_CODEC.dump_json(state))
    neighbour.replace(path)


def load(path: Path, workspace: Workspace) -> tuple[Scenario, str]:
    """Fill an empty workspace from a file; returns the scenario it began as and the API key it had."""
    try:
        state = _CODEC.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        # Not the error's own text: it would quote the values it could not read.
        raise UsageError(f"{path} is not the state of a sandbox", remedy="name another file, or delete it") from error
    workspace.timing, workspace.pace = state.timing, state.pace
    workspace.keys.update((key.key, key) for key in state.keys)
    workspace.projects.update(state.projects)
    for owner in state.owners:
        workspace.owners.put(owner)
    for service in state.services:
        workspace.add_service(service)
    for group in state.groups:
        workspace.add_group(group)
    for datastore in state.datastores:
        workspace.datastores.put(datastore)
    for project in state.render_projects:
        workspace.render_projects.put(project)
    for environment in state.render_environments:
        workspace.render_environments.put(environment)
    for holder, holding in state.holdings.items():
        known = workspace.holding(holder)
        known.env_vars, known.secret_files = holding.env_vars, holding.secret_files
    for rollout in workspace.rollouts():
        track = state.tracks[rollout.service_id]
        rollout.deploys, rollout.instances, rollout.outcomes = track.deploys, track.instances, deque(track.outcomes)
    workspace.audit, workspace.jobs, workspace.events = state.audit, state.jobs, state.events
    workspace.requests = state.requests
    return Scenario(state.scenario, state.environments), state.api_key


def _track(rollout: Rollout) -> _Track:
    return _Track(rollout.deploys, rollout.instances, list(rollout.outcomes))
