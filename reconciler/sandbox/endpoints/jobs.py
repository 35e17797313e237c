"""One-off jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.routing import Route

from reconciler.sandbox.answer import json_response
from reconciler.sandbox.endpoints.asking import key_of, object_of, text_in, wanted, within, workspace_of
from reconciler.sandbox.identifier import new_id, new_instance_id
from reconciler.sandbox.instance import Instance
from reconciler.sandbox.job import Job
from reconciler.sandbox.page import newest_first, page_request
from reconciler.sandbox.payload import job_payload
from reconciler.sandbox.refusal import bad_request, not_found
from reconciler.sandbox.workloads import Surroundings, job

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from reconciler.sandbox.record import Service


async def create_job(request: Request) -> Response:
    """Run a command with the variables of the latest deploy, not with those written since."""
    workspace, service, body = workspace_of(request), _service(request), await object_of(request)
    command = text_in(body, "startCommand")
    if not command:
        raise bad_request("startCommand is required")
    variables = workspace.rollout(service.id).job_variables()
    if variables is None:
        raise bad_request("service has no successful build")
    now, job_id = workspace.now(), new_id("job")
    ends_at = now + timedelta(seconds=workspace.timing.job)
    script = job(command, variables, Surroundings(pace=workspace.pace, projects=workspace.projects))
    process = Instance(new_instance_id(job_id), job_id, "", now, script, stopped_at=ends_at + timedelta(seconds=1))
    plan = text_in(body, "planId") or f"plan-{service.plan}"
    made = Job(job_id, service.id, command, plan, now, ends_at, process)
    workspace.jobs.setdefault(service.id, []).append(made)
    return json_response(job_payload(made, now), 201)


async def list_jobs(request: Request) -> Response:
    """List jobs, newest first."""
    workspace, service = workspace_of(request), _service(request)
    page, statuses = page_request(request.query_params), wanted(request, "status")
    now = workspace.now()

    def asked_for(made: Job) -> bool:
        return (
            (not statuses or made.status(now) in statuses)
            and within(request, "created", made.created_at)
            and within(request, "started", made.created_at)
            and within(request, "finished", made.finished_at(now))
        )

    jobs = newest_first(workspace.jobs.get(service.id, []), page)
    rows = ((place, made) for place, made in jobs if asked_for(made))
    return json_response(page.cut("job", rows, lambda made: job_payload(made, now)))


async def get_job(request: Request) -> Response:
    """Return one job."""
    return json_response(job_payload(_job(request), workspace_of(request).now()))


async def cancel_job(request: Request) -> Response:
    """End a job that still runs."""
    workspace, made = workspace_of(request), _job(request)
    now = workspace.now()
    if made.finished_at(now):
        raise bad_request(f"job cannot be canceled: {made.status(now)}")
    canceled = replace(made, canceled_at=now, process=replace(made.process, stopped_at=now))
    jobs = workspace.jobs[made.service_id]
    jobs[jobs.index(made)] = canceled
    return json_response(job_payload(canceled, now))


def _service(request: Request) -> Service:
    return workspace_of(request).service(key_of(request), request.path_params["service_id"])


def _job(request: Request) -> Job:
    jobs, job_id = workspace_of(request).jobs.get(_service(request).id, []), request.path_params["job_id"]
    made = next((made for made in jobs if made.id == job_id), None)
    if made is None:
        raise not_found(job_id)
    return made


_ALL = "/services/{service_id}/jobs"

ROUTES = [
    Route(_ALL, create_job, methods=["POST"]),
    Route(_ALL, list_jobs, methods=["GET"]),
    Route(f"{_ALL}/{{job_id}}", get_job, methods=["GET"]),
    Route(f"{_ALL}/{{job_id}}/cancel", cancel_job, methods=["POST"]),
]
