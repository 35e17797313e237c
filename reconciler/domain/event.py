"""What Render noted of a service: starts and ends of deploys, crashes, restarts; no text of anybody's making."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class EventType(StrEnum):
    """The types of Render's service events that bear on why a service does not run, by the names its API uses."""

    BUILD_ENDED = "build_ended"
    CRON_JOB_RUN_ENDED = "cron_job_run_ended"
    DEPLOY_STARTED = "deploy_started"
    DEPLOY_ENDED = "deploy_ended"
    IMAGE_PULL_FAILED = "image_pull_failed"
    PIPELINE_MINUTES_EXHAUSTED = "pipeline_minutes_exhausted"
    PRE_DEPLOY_ENDED = "pre_deploy_ended"
    SERVER_AVAILABLE = "server_available"
    SERVER_FAILED = "server_failed"
    SERVER_HARDWARE_FAILURE = "server_hardware_failure"
    SERVER_RESTARTED = "server_restarted"
    SERVICE_RESUMED = "service_resumed"
    SERVICE_SUSPENDED = "service_suspended"
    OTHER = "other"
    """Any other type, those that Render introduced later among them."""


class FailureReason(StrEnum):
    """Why something ended that should not have, as far as Render says."""

    OUT_OF_MEMORY = "out_of_memory"
    EXITED = "exited"
    """With a status other than 0, or earlier than it should."""
    TIMED_OUT = "timed_out"
    UNHEALTHY = "unhealthy"
    EVICTED = "evicted"


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """One event; times are Render's, in UTC."""

    id: str
    at: datetime
    type: EventType
    deploy_id: str | None = None
    status: str | None = None
    """How a build, a pre-deploy command, a deploy or a run of a cron job ended: `succeeded`, `failed` or `canceled`."""
    reason: FailureReason | None = None
    exit_status: int | None = None
