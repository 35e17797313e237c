"""The two states that a plan compares: desired, from `services.yaml`, and live, from Render."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.domain.address import Owner
    from reconciler.domain.definition import Definition, Offer
    from reconciler.domain.value import Secret
    from reconciler.errors import Location


class EnvironmentKind(StrEnum):
    """What an environment is for; rules are stricter in production."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class DeployMode(StrEnum):
    """Render's two deploy modes: reuse the last build, or build anew."""

    DEPLOY_ONLY = "deploy_only"
    BUILD_AND_DEPLOY = "build_and_deploy"


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment and what protects it."""

    name: str
    kind: EnvironmentKind
    location: Location
    workspace: str | None = None
    api_key: str = "RENDER_API_KEY"
    """Name of the environment variable that holds the API key, never the key."""
    protected: bool = False
    approvals: int = 1
    allow_self_approval: bool = False
    approval_ttl: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may approve: an OpenSSH allowed_signers file (relative to `services.yaml`) and GitHub logins."""

    ssh: str | None = None
    github: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogPattern:
    """What to find in a log line: plain text, or a regular expression where `regex` is set."""

    text: str
    regex: bool = False

    def __str__(self) -> str:
        return f"/{self.text}/" if self.regex else self.text


@dataclass(frozen=True, slots=True)
class Health:
    """What proves that a service is healthy after a deploy."""

    path: str | None = None
    log_ready: LogPattern | None = None
    log_fatal: tuple[LogPattern, ...] = ()
    within: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class DeployPolicy:
    """How a changed service is deployed; `mode` is decided by what changed where it is `None`."""

    mode: DeployMode | None = None
    after: tuple[str, ...] = ()
    timeout: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class DesiredService:
    """What one service is to have in one environment."""

    owner: Owner
    target: str
    """Name or id on Render."""
    location: Location
    variables: Mapping[str, Definition] = field(default_factory=dict)
    secret_files: Mapping[str, Definition] = field(default_factory=dict)
    env_groups: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    prune: bool = False
    read_only: bool = False
    deploy: DeployPolicy = field(default_factory=DeployPolicy)
    health: Health | None = None


@dataclass(frozen=True, slots=True)
class DesiredGroup:
    """What one env group is to have in one environment."""

    owner: Owner
    target: str
    location: Location
    variables: Mapping[str, Definition] = field(default_factory=dict)


Entry = DesiredService | DesiredGroup
"""What has variables in `services.yaml`."""


@dataclass(frozen=True, slots=True)
class DesiredState:
    """Everything that `services.yaml` says, merged: each environment's services and groups by their owner."""

    environments: Mapping[str, Environment]
    services: Mapping[Owner, DesiredService]
    groups: Mapping[Owner, DesiredGroup] = field(default_factory=dict)
    approvers: Approvers = field(default_factory=Approvers)
    file: str = "services.yaml"


class ServiceType(StrEnum):
    """Render's service types, by the names its API uses."""

    WEB_SERVICE = "web_service"
    PRIVATE_SERVICE = "private_service"
    BACKGROUND_WORKER = "background_worker"
    CRON_JOB = "cron_job"
    STATIC_SITE = "static_site"
    OTHER = "other"
    """A type that Render introduced later."""


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """A service as Render's listing tells it: everything but its variables."""

    id: str
    name: str
    type: ServiceType
    workspace_id: str
    suspended: bool = False
    url: str | None = None
    region: str | None = None
    slug: str | None = None
    """Its host name on Render's private network."""
    ports: tuple[int, ...] = ()
    """The TCP ports on which Render saw it listen."""
    created_at: datetime | None = None
    """When it was made; `None` where Render did not say."""


@dataclass(frozen=True, slots=True)
class LiveService:
    """A service as it is on Render now; `secret_files` is `None` where they were not asked for."""

    summary: ServiceSummary
    variables: Mapping[str, Secret]
    secret_files: Mapping[str, Secret] | None = None


@dataclass(frozen=True, slots=True)
class LinkedService:
    """A service that an env group is linked to, as Render's answer about the group tells it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """An env group as Render's listing tells it: everything but its variables."""

    id: str
    name: str
    workspace_id: str


@dataclass(frozen=True, slots=True)
class LiveGroup:
    """An env group as it is on Render now."""

    summary: GroupSummary
    variables: Mapping[str, Secret]
    links: tuple[LinkedService, ...] = ()

    def is_linked_to(self, service_id: str) -> bool:
        """Whether a service has the group's variables."""
        return any(link.id == service_id for link in self.links)


@dataclass(frozen=True, slots=True)
class LiveState:
    """What Render holds now for each declared service in scope, and what bears on it."""

    services: Mapping[Owner, LiveService]
    groups: Mapping[Owner, LiveGroup] = field(default_factory=dict)
    """The declared groups in scope, and those that services in scope are to be linked to."""
    left: frozenset[Owner] = frozenset()
    """Services in scope that were not read, because nobody has changed them; `services` does not have them."""
    elsewhere: Mapping[Owner, LiveService] = field(default_factory=dict)
    """Services out of scope that values in scope are taken from."""
    offers: Mapping[tuple[str, Offer], Secret] = field(default_factory=dict)
    """What `from` takes of databases and services, by environment and source."""
    entries: Mapping[str, tuple[Owner, ...]] = field(default_factory=dict)
    """Which entries of services.yaml, in scope or not, are known to be the service of an id."""
    datastores: Mapping[tuple[str, str], Mapping[str, str | None]] = field(default_factory=dict)
    """The regions of an environment's databases by id, by the environment and what such ids begin with (`dpg-`,
    `red-`); nothing for an environment whose databases no value is taken of."""
    reads: Mapping[str, int] = field(default_factory=dict)
    """How many requests of which kind it took to read it."""
