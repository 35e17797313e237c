"""Everything the sandbox knows: workspaces, services, groups, databases, deploys and the log of who changed what.

One object holds all workspaces that a sandbox serves. Endpoints and tests change it only through its methods, so that
deploys are settled before anything that they depend on changes.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from reconciler.sandbox.clock import Clock
from reconciler.sandbox.deploy import Deploy, Timing
from reconciler.sandbox.entries import VARIABLES, Holding
from reconciler.sandbox.identifier import new_id
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
from reconciler.sandbox.refusal import bad_request, forbidden, not_found
from reconciler.sandbox.rollout import Rollout, World
from reconciler.sandbox.table import Table
from reconciler.sandbox.workloads import Pace, SupabaseProject, Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from http import HTTPStatus

    from reconciler.sandbox.entries import Kind
    from reconciler.sandbox.instance import LogLine
    from reconciler.sandbox.job import Job

_REQUESTS_KEPT = 1000

_Owned = TypeVar("_Owned", Service, EnvGroup, Datastore, Project, Environment)


class Workspace:
    """The state of a sandbox."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.timing = Timing()
        self.pace = Pace()
        self.public_url = ""
        """Where the sandbox is reached; web services answer below it."""
        self.audit_refusal: HTTPStatus | None = None
        """What reading an audit log is refused with, as on a plan that has none."""
        self.group_envelope = True
        """Whether the list of groups has the envelope of every other list."""
        self.projects: dict[str, SupabaseProject] = {}
        self.keys: dict[str, ApiKey] = {}
        self.owners: Table[Owner] = Table()
        self.services: Table[Service] = Table()
        self.groups: Table[EnvGroup] = Table()
        self.datastores: Table[Datastore] = Table()
        self.render_projects: Table[Project] = Table()
        """Render's projects; `projects` are Supabase's."""
        self.render_environments: Table[Environment] = Table()
        self.audit: list[AuditEntry] = []
        self.jobs: dict[str, list[Job]] = {}
        self.events: dict[str, list[ServiceEvent]] = {}
        self.requests: dict[str, list[LogLine]] = {}
        """Request log lines of web services, the newest of each."""
        self._holdings: dict[str, Holding] = {}
        self._rollouts: dict[str, Rollout] = {}
        self._world = World(
            service=self._service,
            variables=self.effective_variables,
            surroundings=self._seen,
            timing=lambda: self.timing,
        )

    def now(self) -> datetime:
        """Return the time of day inside the sandbox."""
        return self.clock.now()

    def add_service(self, service: Service, variables: Mapping[str, str] | None = None) -> Service:
        """Add a service with its variables; nothing is deployed by it."""
        self._holdings[service.id] = Holding()
        self._holdings[service.id].replace(VARIABLES, variables or {})
        self._rollouts[service.id] = Rollout(service.id, self._world)
        return self.services.put(service)

    def add_group(self, group: EnvGroup) -> EnvGroup:
        """Add a group without entries."""
        self._holdings[group.id] = Holding()
        return self.groups.put(group)

    def service_named(self, name: str) -> Service:
        """Return a service by its name or id, whoever may see it."""
        service = self.services.get(name) or next(iter(self.services.named(name)), None)
        if service is None:
            raise not_found(name)
        return service

    def service(self, key: ApiKey, service_id: str) -> Service:
        """Return a service that a key may see, or refuse."""
        return self._seen_by(key, self.services.get(service_id), service_id)

    def group(self, key: ApiKey, group_id: str) -> EnvGroup:
        """Return a group that a key may see, or refuse."""
        return self._seen_by(key, self.groups.get(group_id), group_id)

    def datastore(self, key: ApiKey, kind: str, datastore_id: str) -> Datastore:
        """Return a database of a kind that a key may see, or refuse."""
        found = self.datastores.get(datastore_id)
        return self._seen_by(key, found if found and found.kind == kind else None, datastore_id)

    def project(self, key: ApiKey, project_id: object) -> Project:
        """Return a project that a key may see, or refuse."""
        return self._seen_by(key, self.render_projects.get(str(project_id)), str(project_id))

    def environment(self, key: ApiKey, environment_id: str) -> Environment:
        """Return an environment that a key may see, or refuse."""
        return self._seen_by(key, self.render_environments.get(environment_id), environment_id)

    def owner(self, key: ApiKey, owner_id: object) -> Owner:
        """Return a workspace that a key may see, or refuse."""
        owner = self.owners.get(owner_id) if isinstance(owner_id, str) else None
        if owner is None:
            raise not_found(str(owner_id))
        if not key.sees(owner.id):
            raise forbidden()
        return owner

    def holding(self, holder_id: str) -> Holding:
        """Return what a service or group has of its own."""
        return self._holdings[holder_id]

    def values(self, service_id: str) -> dict[str, str]:
        """Return a service's own variables, for a look from inside."""
        return self._holdings[service_id].values()

    def rollout(self, service_id: str) -> Rollout:
        """Return a service's deploys, brought up to now."""
        rollout = self._rollouts[service_id]
        rollout.settle(self.now())
        return rollout

    def put_entry(self, holder_id: str, kind: Kind, name: str, text: str) -> None:
        """Write one variable or file."""
        self._settle_users_of(holder_id)
        self._holdings[holder_id].put(kind, name, text)

    def replace_entries(self, holder_id: str, kind: Kind, texts: Mapping[str, str]) -> None:
        """Replace all variables or files."""
        self._settle_users_of(holder_id)
        self._holdings[holder_id].replace(kind, texts)

    def delete_entry(self, holder_id: str, kind: Kind, name: str) -> None:
        """Delete one variable or file."""
        self._settle_users_of(holder_id)
        self._holdings[holder_id].delete(kind, name)

    def link(self, group: EnvGroup, service: Service, *, linked: bool) -> EnvGroup:
        """Link a service to a group, or unlink it."""
        if service.owner_id != group.owner_id:
            raise bad_request("service and environment group must belong to the same workspace")
        self.rollout(service.id)
        others = tuple(service_id for service_id in group.service_ids if service_id != service.id)
        return self.groups.put(replace(group, service_ids=(*others, service.id) if linked else others))

    def remove_service(self, service: Service) -> None:
        """Delete a service and its links; its previews go with it."""
        for preview in [other for other in self.services if other.parent_id == service.id]:
            self.remove_service(preview)
        self.rollout(service.id).halt(self.now())
        for group in [group for group in self.groups if service.id in group.service_ids]:
            self.link(group, service, linked=False)
        self.services.remove(service.id)
        del self._holdings[service.id], self._rollouts[service.id]

    def remove_group(self, group: EnvGroup) -> None:
        """Delete a group."""
        self._settle_users_of(group.id)
        self.groups.remove(group.id)
        del self._holdings[group.id]

    def request_deploy(
        self,
        service: Service,
        *,
        trigger: str = "api",
        builds: bool = True,
        at: datetime | None = None,
        commit: str = "",
    ) -> tuple[Deploy, bool]:
        """Ask for a deploy; the answer tells whether it had to queue."""
        commit = "" if service.image_path else commit or self._commit_of(service)
        builds = builds and service.runtime != "image"
        deploy = Deploy(
            new_id("dep"), service.id, at or self.now(), trigger, builds, commit=commit, image=service.image_path
        )
        return self._rollouts[service.id].request(deploy)

    def effective_variables(self, service_id: str) -> dict[str, str]:
        """Return what a process sees: the service's own variables win over those of linked groups."""
        linked = sorted(group.id for group in self.groups if service_id in group.service_ids)
        merged: dict[str, str] = {}
        for group_id in linked:
            merged |= self._holdings[group_id].values()
        return merged | self._holdings[service_id].values()

    def note(
        self, event: str, owner_id: str, metadata: dict[str, str], *, key: ApiKey, actor_type: str = "rest_api"
    ) -> None:
        """Write a line of the audit log; a `user` acts in the dashboard, `rest_api` through the API."""
        self.note_at(self.now(), event, owner_id, metadata, actor=(actor_type, key))

    def note_at(
        self, at: datetime, event: str, owner_id: str, metadata: dict[str, str], *, actor: tuple[str, ApiKey]
    ) -> None:
        """Write a line of the audit log about any time."""
        kind, key = actor
        self.audit.append(AuditEntry(new_id("aud"), owner_id, at, event, kind, key.email, key.user_id, metadata))

    def happened(self, service_id: str, event: str, details: dict[str, str | None]) -> None:
        """Remember an event of a service."""
        record = ServiceEvent(new_id("evt"), self.now(), event, details)
        self.events.setdefault(service_id, []).append(record)

    def log_request(self, service_id: str, line: LogLine) -> None:
        """Remember a request to a web service."""
        lines = self.requests.setdefault(service_id, [])
        lines.append(line)
        del lines[:-_REQUESTS_KEPT]

    def rollouts(self) -> Iterable[Rollout]:
        """Return every service's deploys as they were last settled, for the state file."""
        return self._rollouts.values()

    def _settle_users_of(self, holder_id: str) -> None:
        group = self.groups.get(holder_id)
        for service_id in group.service_ids if group else (holder_id,):
            self.rollout(service_id)

    def _service(self, service_id: str) -> Service:
        service = self.services.get(service_id)
        if service is None:
            raise not_found(service_id)
        return service

    def _seen(self) -> Surroundings:
        return Surroundings(pace=self.pace, projects=self.projects)

    def _commit_of(self, service: Service) -> str:
        deploys = self._rollouts[service.id].deploys
        return deploys[-1].commit if deploys else secrets.token_hex(20)

    @staticmethod
    def _seen_by(key: ApiKey, row: _Owned | None, row_id: str) -> _Owned:
        if row is None:
            raise not_found(row_id)
        if not key.sees(row.owner_id):
            raise forbidden()
        return row
