"""The frozen nouns that the sandbox keeps: workspaces, services, groups, databases, entries and who did what."""

from dataclasses import dataclass
from datetime import datetime

REGIONS = ("frankfurt", "oregon", "ohio", "singapore", "virginia")
RUNTIMES = ("docker", "elixir", "go", "node", "python", "ruby", "rust", "image")


@dataclass(frozen=True, slots=True)
class Owner:
    """A workspace; Render's API calls it an owner."""

    id: str
    name: str
    email: str
    type: str = "team"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that opens the sandbox."""

    key: str
    email: str
    """The person it belongs to, shown by GET /users and in audit logs."""
    owners: frozenset[str] | None
    """The workspaces it may see; none means all."""

    @property
    def user_id(self) -> str:
        """Return the id of the person."""
        return f"usr-{self.email.encode().hex()[:20]:0<20}"

    def sees(self, owner_id: str) -> bool:
        """Tell whether the key has access to a workspace."""
        return self.owners is None or owner_id in self.owners


@dataclass(frozen=True, slots=True)
class Service:
    """A service of any type, with what its type needs."""

    id: str
    name: str
    type: str
    """`web_service`, `background_worker`, `private_service`, `cron_job` or `static_site`."""
    owner_id: str
    created_at: datetime
    updated_at: datetime
    slug: str
    workload: str = "plain"
    """The simulated program that its instances run, by the name in the table of workloads."""
    runtime: str = "python"
    plan: str = "starter"
    region: str = "oregon"
    num_instances: int = 1
    health_check_path: str = ""
    auto_deploy: str = "yes"
    repo: str = ""
    branch: str = "main"
    root_dir: str = ""
    image_path: str | None = None
    docker_context: str = ""
    dockerfile_path: str = ""
    build_command: str = ""
    start_command: str = ""
    pre_deploy_command: str = ""
    publish_path: str = "public"
    schedule: str = "0 3 * * *"
    environment_id: str | None = None
    parent_id: str | None = None
    """The service that this one is a preview of."""
    suspended: bool = False
    ready_line: str = ""
    """What its processes log once they run, beside what the workload logs."""
    notify: str = "default"
    """What people are notified of, if not what the workspace says."""
    notify_of_previews: str = "default"


@dataclass(frozen=True, slots=True)
class EnvGroup:
    """A set of variables and files that services can be linked to."""

    id: str
    name: str
    owner_id: str
    created_at: datetime
    updated_at: datetime
    environment_id: str | None = None
    service_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A collection of environments."""

    id: str
    name: str
    owner_id: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Environment:
    """A part of a project; services, groups and databases say themselves which one they are in."""

    id: str
    name: str
    owner_id: str
    created_at: datetime
    updated_at: datetime
    project_id: str
    protected_status: str = "unprotected"
    network_isolation: bool = False


@dataclass(frozen=True, slots=True)
class Datastore:
    """A Postgres database or a Key Value instance."""

    id: str
    kind: str
    """`postgres` or `keyValue`."""
    name: str
    owner_id: str
    created_at: datetime
    updated_at: datetime
    plan: str
    password: str
    region: str = "oregon"
    version: str = "17"
    database: str = ""
    user: str = ""
    environment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One variable or one secret file."""

    name: str
    text: str
    place: int
    """Where it stands in a list; a new one with every write, so that order and cursors change as Render's do."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of a workspace's audit log."""

    id: str
    owner_id: str
    at: datetime
    event: str
    actor_type: str
    """`user`, `rest_api` or `system`."""
    actor_email: str
    actor_id: str
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """Something that happened to a service and is not computed from its deploys."""

    id: str
    at: datetime
    type: str
    details: dict[str, str | None]
