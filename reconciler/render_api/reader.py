"""Reads Render: the adapter behind `ports.LiveReader`. It has no way to change anything."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.ports import ignore_page
from reconciler.render_api import endpoints, payload
from reconciler.render_api.audit import audit_log_reaches, read_audit_trail
from reconciler.render_api.datastores import read_connection, read_databases, read_key_values
from reconciler.render_api.events import read_events
from reconciler.render_api.groups import read_group, read_groups
from reconciler.render_api.logs import LINE_LIMIT, LogsAbout, read_logs
from reconciler.render_api.moment import timestamp
from reconciler.render_api.names import by_name, checked_names, require_workspace
from reconciler.render_api.pages import read_pages
from reconciler.render_api.projects import read_project_environments
from reconciler.render_api.refusal import message_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.audit import AuditTrail
    from reconciler.domain.datastore import ConnectionInfo, Datastore
    from reconciler.domain.deploy import Deploy, Instance, LogLine
    from reconciler.domain.event import ServiceEvent
    from reconciler.domain.project import ProjectEnvironment
    from reconciler.domain.state import GroupSummary, LiveGroup, ServiceSummary
    from reconciler.domain.value import Secret
    from reconciler.ports import OnPage
    from reconciler.render_api.answer import Answer
    from reconciler.render_api.connection import RenderConnection

NEWEST_DEPLOYS = 20


class RenderReader:
    """Reads over an open connection."""

    def __init__(self, connection: RenderConnection) -> None:
        self._connection = connection

    @property
    def reads(self) -> Mapping[str, int]:
        """How many GET requests were sent so far, by kind; repeated attempts count."""
        return self._connection.reads

    async def workspaces(self) -> Mapping[str, str]:
        """Return the names of the workspaces that the key sees, by id."""
        found = await read_pages(self._connection, endpoints.WORKSPACES, (), payload.OWNERS)
        return by_name("Render's list of workspaces", ((item.content.id, item.content.name) for item in found))

    async def services(self, workspace_id: str, *, on_page: OnPage = ignore_page) -> Sequence[ServiceSummary]:
        """List a workspace's services, pull-request previews excluded; `on_page` hears of each page as it comes."""
        query = [("ownerId", workspace_id), ("includePreviews", "false")]
        summaries: list[ServiceSummary] = []

        def take(items: Sequence[payload.ServiceItem]) -> None:
            page = [item.content.summary() for item in items]
            require_workspace("service", (summary.workspace_id for summary in page), workspace_id)
            summaries.extend(page)
            on_page(page)

        await read_pages(self._connection, endpoints.SERVICES, (), payload.SERVICES, query, on_page=take)
        by_name("Render's list of services", ((summary.id, summary) for summary in summaries))
        return summaries

    async def variables(self, service_id: str) -> Mapping[str, Secret]:
        """Read all variables that are set on the service itself."""
        found = await read_pages(self._connection, endpoints.VARIABLES, (service_id,), payload.VARIABLES)
        values = by_name(f"the variables of {service_id}", ((item.content.key, item.content.value) for item in found))
        return checked_names(values, f"service {service_id} has a variable")

    async def secret_files(self, service_id: str) -> Mapping[str, Secret]:
        """Read all secret files that are set on the service itself."""
        found = await read_pages(self._connection, endpoints.SECRET_FILES, (service_id,), payload.SECRET_FILES)
        contents = by_name(
            f"the secret files of {service_id}", ((item.content.name, item.content.content) for item in found)
        )
        return checked_names(contents, f"service {service_id} has a secret file")

    async def variable(self, service_id: str, key: str) -> Secret | None:
        """Read one variable; `None` only where Render says of this very key that it is not there."""
        answer = await self._connection.read(endpoints.VARIABLE, service_id, key, accept=_FOUND_OR_NOT)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None if self._is_about(answer, key) else (await self.variables(service_id)).get(key)
        return self._variable(answer, service_id, key)

    async def secret_file(self, service_id: str, name: str) -> Secret | None:
        """Read one secret file; `None` only where Render says of this very name that it is not there."""
        answer = await self._connection.read(endpoints.SECRET_FILE, service_id, name, accept=_FOUND_OR_NOT)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None if self._is_about(answer, name) else (await self.secret_files(service_id)).get(name)
        file = answer.read_as(payload.SECRET_FILE)
        self._connection.seen.add(service_id, {name: file.content})
        if file.name != name:
            raise answer.malformed("it is about another secret file")
        return file.content

    async def groups(self, workspace_id: str) -> Sequence[GroupSummary]:
        """List a workspace's env groups."""
        return await read_groups(self._connection, workspace_id)

    async def group(self, group_id: str) -> LiveGroup:
        """Read one env group: its variables, and the services that are linked to it."""
        return await read_group(self._connection, group_id)

    async def group_variable(self, group_id: str, key: str) -> Secret | None:
        """Read one variable of an env group; `None` only where Render says of this very key that it is not there."""
        answer = await self._connection.read(endpoints.GROUP_VARIABLE, group_id, key, accept=_FOUND_OR_NOT)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None if self._is_about(answer, key) else (await self.group(group_id)).variables.get(key)
        return self._variable(answer, group_id, key)

    async def project_environments(self, workspace_id: str) -> Sequence[ProjectEnvironment]:
        """List the environments of a workspace's projects."""
        return await read_project_environments(self._connection, workspace_id)

    async def databases(self, workspace_id: str) -> Sequence[Datastore]:
        """List a workspace's Postgres databases."""
        return await read_databases(self._connection, workspace_id)

    async def key_values(self, workspace_id: str) -> Sequence[Datastore]:
        """List a workspace's Key Value instances."""
        return await read_key_values(self._connection, workspace_id)

    async def database_connection(self, database_id: str) -> ConnectionInfo:
        """Read how to connect to a Postgres database."""
        return await read_connection(self._connection, endpoints.DATABASE_CONNECTION, database_id)

    async def key_value_connection(self, instance_id: str) -> ConnectionInfo:
        """Read how to connect to a Key Value instance."""
        return await read_connection(self._connection, endpoints.KEY_VALUE_CONNECTION, instance_id)

    async def deploys(self, service_id: str) -> Sequence[Deploy]:
        """List a service's last twenty deploys, newest first."""
        answer = await self._connection.read(endpoints.DEPLOYS, service_id, query=[("limit", str(NEWEST_DEPLOYS))])
        deploys = [item.content.deploy() for item in answer.read_as(payload.DEPLOYS)]
        by_name(f"the deploys of {service_id}", ((deploy.id, deploy) for deploy in deploys))
        return sorted(deploys, key=lambda deploy: deploy.created_at, reverse=True)

    async def deploy(self, service_id: str, deploy_id: str) -> Deploy:
        """Read one deploy."""
        answer = await self._connection.read(endpoints.DEPLOY, service_id, deploy_id)
        deploy = answer.read_as(payload.DEPLOY).deploy()
        if deploy.id != deploy_id:
            raise answer.malformed("it is about another deploy")
        return deploy

    async def instances(self, service_id: str) -> Sequence[Instance]:
        """List the instances that run now."""
        answer = await self._connection.read(endpoints.INSTANCES, service_id)
        instances = [each.instance() for each in answer.read_as(payload.INSTANCES)]
        by_name(f"the instances of {service_id}", ((instance.id, instance) for instance in instances))
        return instances

    async def events(self, service_id: str, *, since: datetime) -> Sequence[ServiceEvent]:
        """List the newest hundred events of a service since a time, newest first."""
        return await read_events(self._connection, service_id, timestamp(since))

    async def logs(
        self,
        workspace_id: str,
        service_id: str,
        *,
        since: datetime,
        newest: int = LINE_LIMIT,
        with_build: bool = False,
    ) -> Sequence[LogLine]:
        """Read the application's log lines since a time, oldest first, each once; of many, the newest."""
        about = LogsAbout(workspace_id, service_id, timestamp(since), newest, with_build=with_build)
        return await read_logs(self._connection, about)

    async def audit_trail(self, workspace_id: str, *, since: datetime) -> AuditTrail | None:
        """Read who changed services' variables since a time; `None` where the workspace's audit log cannot be read."""
        return await read_audit_trail(self._connection, workspace_id, since)

    async def audit_log_reaches(self, workspace_id: str, before: datetime) -> bool:
        """Tell whether the workspace's audit log still has an entry from before a time."""
        return await audit_log_reaches(self._connection, workspace_id, before)

    def _variable(self, answer: Answer, holder_id: str, key: str) -> Secret:
        variable = answer.read_as(payload.VARIABLE)
        self._connection.seen.add(holder_id, {key: variable.value})
        if variable.key != key:
            raise answer.malformed("it is about another variable")
        return variable.value

    def _is_about(self, answer: Answer, name: str) -> bool:
        """Tell whether a 404 is about this very name; where it is not Render's own, raise it.

        Render's recorded 404s say `not found: …`. For a missing service and for a missing key of it, what follows is
        unconfirmed, so whatever does not end with the name itself is settled by reading the list: of a service that
        is missing, that fails.
        """
        message = message_of(answer)
        if message is None:
            raise self._connection.refusal(answer)
        return message.rpartition("not found: ")[2].strip() == name


_FOUND_OR_NOT = (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
