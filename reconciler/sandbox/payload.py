"""Records as Render writes them in JSON; fields and their spelling are those of Render's OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.sandbox.clock import stamp
from reconciler.sandbox.entries import FILES, VARIABLES

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.sandbox.deploy import Deploy
    from reconciler.sandbox.job import Job
    from reconciler.sandbox.logs import LogPage
    from reconciler.sandbox.record import AuditEntry, Datastore, EnvGroup, Owner, Service
    from reconciler.sandbox.workspace import Workspace

Json = dict[str, Any]

SHORT_TYPES = {
    "static_site": "static",
    "web_service": "web",
    "private_service": "pserv",
    "background_worker": "worker",
    "cron_job": "cron",
}
"""Types of services as group links and dashboard addresses abbreviate them."""

PORT = 10000
"""Where every web and private service listens; Render's default."""


def owner_payload(owner: Owner) -> Json:
    """Return a workspace."""
    return {"id": owner.id, "name": owner.name, "email": owner.email, "type": owner.type}


def service_payload(workspace: Workspace, service: Service) -> Json:
    """Return a service."""
    payload: Json = {
        "autoDeploy": service.auto_deploy,
        "autoDeployTrigger": "commit" if service.auto_deploy == "yes" else "off",
        "createdAt": stamp(service.created_at),
        "dashboardUrl": f"{workspace.public_url}/dashboard/{SHORT_TYPES[service.type]}/{service.id}",
        "id": service.id,
        "name": service.name,
        "notifyOnFail": "default",
        "ownerId": service.owner_id,
        "rootDir": service.root_dir,
        "serviceDetails": _details(workspace, service),
        "slug": service.slug,
        "suspended": "suspended" if service.suspended else "not_suspended",
        "suspenders": ["user"] if service.suspended else [],
        "type": service.type,
        "updatedAt": stamp(service.updated_at),
    }
    if service.image_path:
        payload["imagePath"] = service.image_path
    else:
        payload |= {"repo": service.repo, "branch": service.branch}
    if service.environment_id:
        payload["environmentId"] = service.environment_id
    return payload


def service_url(workspace: Workspace, service: Service) -> str:
    """Return where a service is reached: below the sandbox itself, for one that is open to the web."""
    if service.type == "private_service":
        return f"{service.slug}:{PORT}"
    return f"{workspace.public_url}/workloads/{service.slug}"


def _details(workspace: Workspace, service: Service) -> Json:
    details: Json = {"buildPlan": "starter"}
    if service.type != "cron_job":
        details |= {"previews": {"generation": "off"}, "pullRequestPreviewsEnabled": "no"}
    if service.parent_id and (parent := workspace.services.get(service.parent_id)):
        details["parentServer"] = {"id": parent.id, "name": parent.name}
    if service.type == "static_site":
        url = service_url(workspace, service)
        return details | {"buildCommand": service.build_command, "publishPath": service.publish_path, "url": url}
    details |= {
        "env": service.runtime,
        "envSpecificDetails": _commands(service),
        "plan": service.plan,
        "region": service.region,
        "runtime": service.runtime,
    }
    if service.type == "cron_job":
        return details | {"schedule": service.schedule}
    details |= {"numInstances": service.num_instances, "sshAddress": f"{service.id}@ssh.{service.region}.example.com"}
    if service.type in {"web_service", "private_service"}:
        details |= {
            "openPorts": [{"port": PORT, "protocol": "TCP"}],
            "url": service_url(workspace, service),
        }
    if service.type == "web_service":
        maintenance = {"enabled": False, "uri": ""}
        details |= {"healthCheckPath": service.health_check_path, "maintenanceMode": maintenance}
    return details


def _commands(service: Service) -> Json:
    if service.runtime in {"docker", "image"}:
        commands = {
            "dockerCommand": service.start_command,
            "dockerContext": service.docker_context,
            "dockerfilePath": service.dockerfile_path,
        }
    else:
        commands = {"buildCommand": service.build_command, "startCommand": service.start_command}
    if service.pre_deploy_command:
        commands["preDeployCommand"] = service.pre_deploy_command
    return commands


def group_summary(workspace: Workspace, group: EnvGroup) -> Json:
    """Return a group without what is in it."""
    links = [workspace.services.get(service_id) for service_id in group.service_ids]
    payload: Json = {
        "createdAt": stamp(group.created_at),
        "id": group.id,
        "name": group.name,
        "ownerId": group.owner_id,
        "serviceLinks": [{"id": link.id, "name": link.name, "type": SHORT_TYPES[link.type]} for link in links if link],
        "updatedAt": stamp(group.updated_at),
    }
    if group.environment_id:
        payload["environmentId"] = group.environment_id
    return payload


def group_payload(workspace: Workspace, group: EnvGroup) -> Json:
    """Return a group with everything in it."""
    holding = workspace.holding(group.id)
    return group_summary(workspace, group) | {
        "envVars": [VARIABLES.payload(entry) for _, entry in holding.listed(VARIABLES)],
        "secretFiles": [FILES.payload(entry) for _, entry in holding.listed(FILES)],
    }


def connection_payload(found: Datastore) -> dict[str, str]:
    """Return how to connect to a database; the addresses are made up as Render makes its own."""
    outside = f"{found.id}.{found.region}-{'postgres' if found.kind == 'postgres' else 'keyvalue'}.render.com"
    if found.kind == "keyValue":
        external = f"rediss://{found.id}:{found.password}@{outside}:6379"
        return {
            "internalConnectionString": f"redis://{found.id}:6379",
            "externalConnectionString": external,
            "cliCommand": f"redis-cli -u {external}",
        }
    login = f"{found.user}:{found.password}"
    return {
        "password": found.password,
        "internalConnectionString": f"postgresql://{login}@{found.id}/{found.database}",
        "externalConnectionString": f"postgresql://{login}@{outside}/{found.database}",
        "psqlCommand": f"PGPASSWORD={found.password} psql -h {outside} -U {found.user} {found.database}",
    }


def deploy_payload(deploy: Deploy, now: datetime) -> Json:
    """Return a deploy as it stands at a time."""
    payload: Json = {
        "id": deploy.id,
        "status": deploy.status(now),
        "trigger": deploy.trigger,
        "createdAt": stamp(deploy.created_at),
        "updatedAt": stamp(deploy.updated_at(now)),
    }
    if deploy.image:
        payload["image"] = {"ref": deploy.image, "sha": f"sha256:{deploy.id.encode().hex():0<64.64}"}
    else:
        commit = {"id": deploy.commit, "message": "A commit", "createdAt": stamp(deploy.created_at)}
        payload["commit"] = commit
    if deploy.phases:
        payload["startedAt"] = stamp(deploy.phases[0].at)
    if deploy.finished_at:
        payload["finishedAt"] = stamp(deploy.finished_at)
    return payload


def job_payload(job: Job, now: datetime) -> Json:
    """Return a one-off job as it stands at a time."""
    payload: Json = {
        "id": job.id,
        "serviceId": job.service_id,
        "startCommand": job.command,
        "planId": job.plan_id,
        "status": job.status(now),
        "createdAt": stamp(job.created_at),
        "startedAt": stamp(job.created_at),
    }
    if finished := job.finished_at(now):
        payload["finishedAt"] = stamp(finished)
    return payload


def audit_payload(entry: AuditEntry) -> Json:
    """Return a line of an audit log."""
    actor = {"type": entry.actor_type}
    if entry.actor_email:
        # The system has neither.
        actor |= {"email": entry.actor_email, "id": entry.actor_id}
    return {
        "id": entry.id,
        "timestamp": stamp(entry.at),
        "event": entry.event,
        "status": "success",
        "actor": actor,
        "metadata": entry.metadata,
    }


def logs_payload(page: LogPage) -> Json:
    """Return a page of log lines."""
    return {
        "hasMore": page.has_more,
        "nextStartTime": stamp(page.next_start),
        "nextEndTime": stamp(page.next_end),
        "logs": [
            {
                "id": line.id,
                "message": line.message,
                "timestamp": stamp(line.at),
                "labels": [{"name": name, "value": value} for name, value in line.labels],
            }
            for line in page.lines
        ],
    }
