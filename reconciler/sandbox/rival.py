"""Other controllers of a service: deploys that no API client asked for, and Blueprint syncs that write variables too.

Triggers are those of Render's OpenAPI document, as is the event `ApplyBlueprintEvent`. What its metadata holds, and
that the variables it writes are logged as the system's change, is documented nowhere and an informed guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.sandbox.entries import VARIABLES
from reconciler.sandbox.record import ApiKey
from reconciler.sandbox.refusal import bad_request, conflict

if TYPE_CHECKING:
    from reconciler.sandbox.workspace import Workspace

BLUEPRINT_SYNC = "blueprint_sync"
TRIGGERS = (
    "api",
    BLUEPRINT_SYNC,
    "deploy_hook",
    "deployed_by_render",
    "manual",
    "other",
    "new_commit",
    "rollback",
    "service_resumed",
    "service_updated",
)

_NOBODY = ApiKey(key="", email="", owners=None)


@dataclass(frozen=True, slots=True)
class ForeignDeploy:
    """A deploy that something else than this client's request starts."""

    service: str
    trigger: str = "new_commit"
    builds: bool = True

    def __post_init__(self) -> None:
        if self.trigger not in TRIGGERS:
            raise bad_request(f"trigger is one of: {', '.join(TRIGGERS)}")


@dataclass(frozen=True, slots=True)
class BlueprintSync:
    """A sync of the `render.yaml` that a service belongs to; it writes variables, and may deploy."""

    service: str
    variables: dict[str, str] = field(default_factory=dict)
    email: str = "someone@example.com"
    """Who pushed the `render.yaml`."""
    deploy: bool = True


def start_deploy(workspace: Workspace, wanted: ForeignDeploy) -> None:
    """Start a deploy, or queue it behind the one under way."""
    service = workspace.service_named(wanted.service)
    if service.suspended:
        raise conflict("service is suspended")
    workspace.request_deploy(service, trigger=wanted.trigger, builds=wanted.builds)


def sync_blueprint(workspace: Workspace, sync: BlueprintSync) -> None:
    """Apply a Blueprint to a service: write the variables that it names, and deploy."""
    service = workspace.service_named(sync.service)
    person = ApiKey(key="", email=sync.email, owners=None)
    workspace.note("ApplyBlueprintEvent", service.owner_id, {"service": service.id}, key=person, actor_type="user")
    for name, value in sync.variables.items():
        exists = name in workspace.holding(service.id).env_vars
        workspace.put_entry(service.id, VARIABLES, VARIABLES.check_name(name), VARIABLES.text_of({"value": value}))
        metadata = {"service": service.id, "field": "env_vars"}
        event = "UpdateEnvVarsEvent" if exists else "CreateEnvVarsEvent"
        workspace.note(event, service.owner_id, metadata, key=_NOBODY, actor_type="system")
    if sync.deploy:
        start_deploy(workspace, ForeignDeploy(service.id, BLUEPRINT_SYNC))
