"""Render as the core sees it: what can be read, and what can be written besides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.audit import AuditTrail
    from reconciler.domain.datastore import ConnectionInfo, Datastore
    from reconciler.domain.deploy import Deploy, Instance, LogLine
    from reconciler.domain.event import ServiceEvent
    from reconciler.domain.project import ProjectEnvironment
    from reconciler.domain.state import DeployMode, GroupSummary, LiveGroup, ServiceSummary
    from reconciler.domain.value import Secret


OnPage = Callable[["Sequence[ServiceSummary]"], None]
"""Told of each page of a list that goes on; what it says is certain only once the list was read to its end."""


def ignore_page(_page: Sequence[ServiceSummary]) -> None:
    """Wait for the whole list."""


class LiveReader(Protocol):
    """Reads Render; every method raises `RenderError` when the answer is not exactly what was asked for.

    A list is read to its last page or not at all: a failed, repeated or malformed page never reads as "absent".
    """

    @property
    def reads(self) -> Mapping[str, int]:
        """How many GET requests were sent so far, by kind."""
        ...

    async def workspaces(self) -> Mapping[str, str]:
        """Return the names of the workspaces that the key sees, by id."""
        ...

    async def services(self, workspace_id: str, *, on_page: OnPage = ignore_page) -> Sequence[ServiceSummary]:
        """List a workspace's services, pull-request previews excluded; `on_page` hears of each page as it comes."""
        ...

    async def variables(self, service_id: str) -> Mapping[str, Secret]:
        """Read all variables that are set on the service itself."""
        ...

    async def secret_files(self, service_id: str) -> Mapping[str, Secret]:
        """Read all secret files that are set on the service itself."""
        ...

    async def variable(self, service_id: str, key: str) -> Secret | None:
        """Read one variable; `None` only where Render says of this very key that it is not there."""
        ...

    async def secret_file(self, service_id: str, name: str) -> Secret | None:
        """Read one secret file; `None` only where Render says of this very name that it is not there."""
        ...

    async def groups(self, workspace_id: str) -> Sequence[GroupSummary]:
        """List a workspace's env groups."""
        ...

    async def group(self, group_id: str) -> LiveGroup:
        """Read one env group: its variables, and the services that are linked to it."""
        ...

    async def group_variable(self, group_id: str, key: str) -> Secret | None:
        """Read one variable of an env group; `None` only where Render says of this very key that it is not there."""
        ...

    async def project_environments(self, workspace_id: str) -> Sequence[ProjectEnvironment]:
        """List the environments of a workspace's projects, with what is in them."""
        ...

    async def databases(self, workspace_id: str) -> Sequence[Datastore]:
        """List a workspace's Postgres databases."""
        ...

    async def key_values(self, workspace_id: str) -> Sequence[Datastore]:
        """List a workspace's Key Value instances."""
        ...

    async def database_connection(self, database_id: str) -> ConnectionInfo:
        """Read how to connect to a Postgres database."""
        ...

    async def key_value_connection(self, instance_id: str) -> ConnectionInfo:
        """Read how to connect to a Key Value instance."""
        ...

    async def deploys(self, service_id: str) -> Sequence[Deploy]:
        """List a service's last twenty deploys, newest first."""
        ...

    async def deploy(self, service_id: str, deploy_id: str) -> Deploy:
        """Read one deploy."""
        ...

    async def instances(self, service_id: str) -> Sequence[Instance]:
        """List the instances that run now."""
        ...

    async def events(self, service_id: str, *, since: datetime) -> Sequence[ServiceEvent]:
        """List the newest hundred events of a service since a time, newest first."""
        ...

    async def logs(
        self, workspace_id: str, service_id: str, *, since: datetime, newest: int = ..., with_build: bool = ...
    ) -> Sequence[LogLine]:
        """Read the application's log lines since a time, oldest first, each once; of many, the newest.

        `with_build` adds what Render and a build say of a deploy. Without `newest` it is as many as is worth reading.
        """
        ...

    async def audit_trail(self, workspace_id: str, *, since: datetime) -> AuditTrail | None:
        """Read who changed services' variables since a time; `None` where the workspace's audit log cannot be read.

        Of a very long log only the newest part is read; the trail says since when it leaves nothing out.
        """
        ...

    async def audit_log_reaches(self, workspace_id: str, before: datetime) -> bool:
        """Tell whether the workspace's audit log still has an entry from before a time."""
        ...


Confirm = Callable[[], Awaitable[bool]]
"""Asked just before a request that changes something is sent, each time it is sent.

It comes after every wait for a rate limit or between attempts, so that what it looks at is as fresh as can be. It says
whether the request is still wanted; what it raises ends the request, unsent, and reaches the caller as it is.
"""


class LiveWriter(LiveReader, Protocol):
    """Writes Render, one key at a time; there is no way to replace all variables, or to unlink an env group."""

    async def put_variable(self, service_id: str, key: str, value: Secret, *, confirm: Confirm) -> None:
        """Set one variable."""
        ...

    async def delete_variable(self, service_id: str, key: str, *, confirm: Confirm) -> None:
        """Delete one variable."""
        ...

    async def put_secret_file(self, service_id: str, name: str, content: Secret, *, confirm: Confirm) -> None:
        """Set one secret file."""
        ...

    async def delete_secret_file(self, service_id: str, name: str, *, confirm: Confirm) -> None:
        """Delete one secret file."""
        ...

    async def put_group_variable(self, group_id: str, key: str, value: Secret, *, confirm: Confirm) -> None:
        """Set one variable of an env group."""
        ...

    async def delete_group_variable(self, group_id: str, key: str, *, confirm: Confirm) -> None:
        """Delete one variable of an env group."""
        ...

    async def link_group(self, group_id: str, service_id: str, *, confirm: Confirm) -> None:
        """Link an env group to one service; the links of others stay."""
        ...

    async def create_deploy(self, service_id: str, mode: DeployMode, *, confirm: Confirm) -> Deploy | None:
        """Ask for a deploy; `None` where Render queued it behind another one and did not say which it will be.

        Never sent twice: when the answer is lost, the caller finds out by listing deploys.
        """
        ...
