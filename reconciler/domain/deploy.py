"""A deploy on Render, and the running instances and log lines that tell how it went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class DeployStatus(StrEnum):
    """Render's deploy statuses, by the names its API uses."""

    CREATED = "created"
    QUEUED = "queued"
    BUILD_IN_PROGRESS = "build_in_progress"
    PRE_DEPLOY_IN_PROGRESS = "pre_deploy_in_progress"
    UPDATE_IN_PROGRESS = "update_in_progress"
    LIVE = "live"
    BUILD_FAILED = "build_failed"
    PRE_DEPLOY_FAILED = "pre_deploy_failed"
    UPDATE_FAILED = "update_failed"
    CANCELED = "canceled"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"
    """A status that Render introduced later, or none at all: never taken for an end."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of this deploy."""
        return self in _ENDED

    @property
    def may_run(self) -> bool:
        """Whether instances with this deploy's values may exist: before that, every instance is an older one."""
        return self in _MAY_RUN


_MAY_RUN = frozenset(
    {DeployStatus.UPDATE_IN_PROGRESS, DeployStatus.LIVE, DeployStatus.UPDATE_FAILED, DeployStatus.DEACTIVATED}
)

_ENDED = frozenset(
    {
        DeployStatus.LIVE,
        DeployStatus.BUILD_FAILED,
        DeployStatus.PRE_DEPLOY_FAILED,
        DeployStatus.UPDATE_FAILED,
        DeployStatus.CANCELED,
        DeployStatus.DEACTIVATED,
    }
)


@dataclass(frozen=True, slots=True)
class Deploy:
    """One deploy of one service; times are Render's, in UTC."""

    id: str
    status: DeployStatus
    created_at: datetime
    trigger: str | None = None
    started_at: datetime | None = None
    """When it left the queue: instances with its values are born after that."""
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One running copy of a service."""

    id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a service's instance logged; `message` may hold anything, secrets among it."""

    id: str
    message: str
    timestamp: datetime
    instance: str | None = None
