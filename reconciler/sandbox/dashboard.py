"""A person's hand in Render's dashboard: changes that no API client asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.entries import VARIABLES
from reconciler.sandbox.record import ApiKey

if TYPE_CHECKING:
    from reconciler.sandbox.fault import Edit
    from reconciler.sandbox.workspace import Workspace


def edit_variable(workspace: Workspace, edit: Edit) -> None:
    """Set or delete one variable of a service, found by name or id, as a person would; the audit log names them."""
    service = workspace.service_named(edit.service)
    person = ApiKey(key="", email=edit.email, owners=None)
    exists = edit.key in workspace.holding(service.id).env_vars
    if edit.value is None:
        workspace.delete_entry(service.id, VARIABLES, edit.key)
        event = "DeleteEnvVarsEvent"
    else:
        text = VARIABLES.text_of({"value": edit.value})
        workspace.put_entry(service.id, VARIABLES, VARIABLES.check_name(edit.key), text)
        event = "UpdateEnvVarsEvent" if exists else "CreateEnvVarsEvent"
    workspace.note(event, service.owner_id, {"service": service.id, "field": "env_vars"}, key=person, actor_type="user")
