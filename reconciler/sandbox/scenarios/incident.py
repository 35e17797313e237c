"""The incident: staging healthy, the production API healthy, the production worker down for want of right variables.

On the production worker five variables are missing, `DATABASE_URL` names the host that Render cannot reach,
`SUPABASE_ANON_KEY` holds a service-role key, and somebody has set one variable by hand that is declared nowhere.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox.identifier import new_id
from reconciler.sandbox.record import ApiKey, Owner, Service
from reconciler.sandbox.scenarios.scenario import WORKSPACE_ID, Scenario
from reconciler.sandbox.scenarios.secret_values import direct_url, secrets_of, supabase_project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.sandbox.workspace import Workspace

PRODUCTION_API_ID = "srv-c0example0example00"
"""The worked example names the production API by this id."""

_REFS = {"staging": "abcdefghijklmnopqrst", "production": "zyxwvutsrqponmlkjihg"}
_REGIONS = {"staging": "eu-central-1", "production": "us-east-1"}
_API_SECRETS = ("SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL")
_LONG_AGO, _HEALTHY_SINCE = timedelta(days=90), timedelta(days=9)
_EDITED, _BROKEN_SINCE = timedelta(days=2), timedelta(minutes=40)
_SOMEONE = ApiKey(key="", email="someone@example.com", owners=None)


def incident(workspace: Workspace) -> Scenario:
    """Make the workspace of the incident, forty minutes after the deploy that took the worker down."""
    workspace.owners.put(Owner(WORKSPACE_ID, "Navigator", "team@example.com"))
    now = workspace.now()
    environments: dict[str, dict[str, str]] = {}
    for environment, ref in _REFS.items():
        project = workspace.projects[ref] = supabase_project(ref)
        secrets = environments[environment] = secrets_of(project, _REGIONS[environment])
        shared = {"SUPABASE_URL": f"https://{ref}.supabase.co", "LOG_LEVEL": "info"}
        api = _api(environment, now)
        workspace.add_service(api, shared | {name: secrets[name] for name in _API_SECRETS})
        worker = _worker(environment, now)
        if environment == "staging":
            workspace.add_service(worker, shared | secrets)
            workspace.request_deploy(worker, trigger="new_commit", at=now - _HEALTHY_SINCE)
        else:
            workspace.add_service(worker, _broken(secrets, direct_url(project)))
            workspace.request_deploy(worker, trigger="new_commit", at=now - _BROKEN_SINCE)
            metadata = {"service": worker.id, "field": "env_vars"}
            workspace.note_at(now - _EDITED, "UpdateEnvVarsEvent", WORKSPACE_ID, metadata, actor=("user", _SOMEONE))
        workspace.request_deploy(api, trigger="new_commit", at=now - _HEALTHY_SINCE)
    return Scenario("incident", environments)


def _broken(secrets: Mapping[str, str], direct: str) -> dict[str, str]:
    return {
        "DATABASE_URL": direct,
        "SUPABASE_ANON_KEY": secrets["SUPABASE_SERVICE_ROLE_KEY"],
        "LOG_LEVEL": "info",
        "FEATURE_NEW_PARSER": "on",
    }


def _api(environment: str, now: datetime) -> Service:
    name = f"api-service-{environment}"
    return Service(
        id=PRODUCTION_API_ID if environment == "production" else new_id("srv"),
        name=name,
        type="web_service",
        owner_id=WORKSPACE_ID,
        created_at=now - _LONG_AGO,
        updated_at=now - _HEALTHY_SINCE,
        slug=name,
        workload="api",
        health_check_path="/health",
        repo="https://github.com/example/navigator",
        build_command="pip install -r requirements.txt",
        start_command="uvicorn navigator.api:app --port 10000",
    )


def _worker(environment: str, now: datetime) -> Service:
    name = f"upload-worker-{environment}"
    return Service(
        id=new_id("srv"),
        name=name,
        type="background_worker",
        owner_id=WORKSPACE_ID,
        created_at=now - _LONG_AGO,
        updated_at=now - _HEALTHY_SINCE,
        slug=name,
        workload="upload-worker",
        repo="https://github.com/example/navigator",
        build_command="pip install -r requirements.txt",
        start_command="python -m navigator.worker",
    )
