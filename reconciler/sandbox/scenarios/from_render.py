"""Workspaces that look like live ones: the same names, ids and links, and a made-up value for each live one.

A value that `services.yaml` itself says, and says is not sensitive, stays where Render has it too; else every plan
against the sandbox would be about all of them. Everything runs: each service that is not suspended has a live deploy.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.domain.definition import FromKeyValue, FromPostgres, SecretRef
from reconciler.domain.state import LiveService, ServiceType
from reconciler.domain.value import Secret
from reconciler.planning.offers import database_offer
from reconciler.sandbox.entries import FILES, VARIABLES
from reconciler.sandbox.lookalike import Lookalikes
from reconciler.sandbox.payload import PORT, connection_payload, service_url
from reconciler.sandbox.record import Datastore, EnvGroup, Owner, Service
from reconciler.sandbox.scenarios.declared import Declared, definitions_of, open_text
from reconciler.sandbox.scenarios.scenario import Scenario
from reconciler.value_types import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.domain.datastore import ConnectionInfo
    from reconciler.domain.datastore import Datastore as LiveDatastore
    from reconciler.domain.definition import Definition
    from reconciler.domain.state import DesiredService, DesiredState, LiveGroup
    from reconciler.sandbox.workspace import Workspace
    from reconciler.workflows.survey import SurveyedWorkspace

NAME = "from-render"
_SINCE = timedelta(days=1)
"""How long everything has been running."""


def from_render(surveyed: Sequence[SurveyedWorkspace], desired: DesiredState | None) -> Callable[[Workspace], Scenario]:
    """Return what makes a sandbox's workspace look like what was read; `desired` tells what the values are."""

    def begin(workspace: Workspace) -> Scenario:
        seeding = _Seeding(workspace, Declared(desired))
        for live in surveyed:
            seeding.learn(live)
        for live in surveyed:
            seeding.fill(live)
        return Scenario(NAME, seeding.secrets, notes=tuple(seeding.notes()))

    return begin


class _Seeding:
    """Fills a workspace: what values tell of each other is learned before any of them is made up."""

    def __init__(self, workspace: Workspace, declared: Declared) -> None:
        self._workspace = workspace
        self._declared = declared
        self._lookalikes = Lookalikes()
        self._left_out: list[str] = []
        self.secrets: dict[str, dict[str, str]] = {}
        """What secret stores would hold if they held what the sandbox has, by environment and variable."""
        declared.publish(self._lookalikes)

    def learn(self, live: SurveyedWorkspace) -> None:
        """Put services and databases there, and note what the sandbox has in place of their addresses."""
        self._workspace.owners.put(Owner(live.id, live.name, "team@example.com"))
        for service in live.services:
            if service.summary.type is ServiceType.OTHER:
                self._left_out.append(service.summary.name)
            else:
                self._add_service(service, self._declared.service(live.environments, service.summary))
        for datastore, info in live.databases:
            self._add_datastore(live.id, "postgres", datastore, info)
        for datastore, info in live.key_values:
            self._add_datastore(live.id, "keyValue", datastore, info)

    def fill(self, live: SurveyedWorkspace) -> None:
        """Give services and groups values and links, and let everything run."""
        services = [
            (service, definitions_of(self._declared.service(live.environments, service.summary)))
            for service in live.services
            if service.summary.id in self._workspace.services
        ]
        groups = [
            (group, definitions_of(self._declared.group(live.environments, group.summary))) for group in live.groups
        ]
        # What has a definition goes first: equal values that have none follow it.
        holders: list[tuple[LiveService | LiveGroup, Mapping[str, Definition]]] = [*services, *groups]
        for holder, definitions in holders:
            files = (holder.secret_files or {}) if isinstance(holder, LiveService) else {}
            for name, value in {**files, **holder.variables}.items():
                if name in definitions:
                    self._like(value, definitions[name])
        for group, definitions in groups:
            self._add_group(group, definitions)
        for service, definitions in services:
            self._give(service.summary.id, definitions, service.variables, service.secret_files or {})
            if entry := self._declared.service(live.environments, service.summary):
                self._note_secrets(entry, service.summary.id)
            if not service.summary.suspended:
                running = self._workspace.service_named(service.summary.id)
                self._workspace.request_deploy(running, trigger="new_commit", at=self._workspace.now() - _SINCE)

    def notes(self) -> Iterator[str]:
        """Say what is not as it is on Render."""
        if self._left_out:
            yield f"Left out, for types that the sandbox does not know: {', '.join(sorted(self._left_out))}."
        if unlike := sorted({definition.key for definition in self._lookalikes.unlike}):
            yield f"Made up in the right shape, yet not right by their definitions: {', '.join(unlike)}."

    def _like(self, value: Secret, definition: Definition | None) -> str:
        text = value.reveal()
        if definition is None:
            return self._lookalikes.of(text)
        return text if text == open_text(definition) else self._lookalikes.defined(text, definition)

    def _note_secrets(self, entry: DesiredService, service_id: str) -> None:
        held, noted = self._workspace.values(service_id), self.secrets.setdefault(entry.owner.environment, {})
        for name, definition in entry.variables.items():
            is_from_store = isinstance(definition.source, SecretRef)
            if is_from_store and name in held and check(definition.type, held[name]) is None:
                noted.setdefault(name, held[name])

    def _give(
        self,
        holder_id: str,
        definitions: Mapping[str, Definition],
        variables: Mapping[str, Secret],
        files: Mapping[str, Secret],
    ) -> None:
        for kind, values in ((VARIABLES, variables), (FILES, files)):
            texts = {name: self._like(value, definitions.get(name)) for name, value in values.items()}
            self._workspace.replace_entries(holder_id, kind, texts)

    def _add_service(self, live: LiveService, entry: DesiredService | None) -> None:
        found, since = live.summary, self._workspace.now() - _SINCE
        health = entry.health if entry else None
        ready = health.log_ready if health else None
        added = self._workspace.add_service(
            Service(
                found.id,
                found.name,
                found.type.value,
                found.workspace_id,
                since,
                since,
                slug=found.slug or found.name,
                region=found.region or "oregon",
                suspended=found.suspended,
                health_check_path=(health.path or "") if health else "",
                ready_line=ready.text if ready and not ready.regex else "",
            )
        )
        self._lookalikes.keep_host(added.slug)
        self._lookalikes.alias(added.slug, added.slug)
        for port in found.ports:
            self._lookalikes.alias(f"{added.slug}:{port}", f"{added.slug}:{PORT}")
        if found.url:
            self._lookalikes.alias(found.url, service_url(self._workspace, added))

    def _add_datastore(self, owner_id: str, kind: str, live: LiveDatastore, info: ConnectionInfo) -> None:
        now = self._workspace.now()
        added = self._workspace.datastores.put(
            Datastore(
                live.id,
                kind,
                live.name,
                owner_id,
                now - _SINCE,
                now - _SINCE,
                plan="starter",
                password=self._made_up(FromPostgres(live.name, "password"), info),
                database=self._made_up(FromPostgres(live.name, "database"), info),
                user=self._made_up(FromPostgres(live.name, "user"), info),
                version="17" if kind == "postgres" else "8.1.4",
            )
        )
        made = connection_payload(added)
        for live_url, made_url in (
            (info.internal.reveal(), made["internalConnectionString"]),
            (info.external.reveal(), made["externalConnectionString"]),
        ):
            self._lookalikes.alias(live_url, made_url)
            if host := _host(live_url):
                self._lookalikes.alias(host, _host(made_url))
                self._lookalikes.keep_host(host, _host(made_url))

    def _made_up(self, source: FromPostgres | FromKeyValue, info: ConnectionInfo) -> str:
        offered = database_offer(source, info)
        return self._lookalikes.of(offered.reveal()) if isinstance(offered, Secret) else ""

    def _add_group(self, live: LiveGroup, definitions: Mapping[str, Definition]) -> None:
        found, since = live.summary, self._workspace.now() - _SINCE
        group = self._workspace.add_group(EnvGroup(found.id, found.name, found.workspace_id, since, since))
        self._give(group.id, definitions, live.variables, {})
        for link in live.links:
            if (service := self._workspace.services.get(link.id)) is not None:
                group = self._workspace.link(group, service, linked=True)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
