"""One-off jobs: a command run once with the variables of the latest deploy."""

from dataclasses import dataclass
from datetime import datetime

from reconciler.sandbox.instance import Instance


@dataclass(frozen=True, slots=True)
class Job:
    """A job; its process is an instance whose resource is the job itself."""

    id: str
    service_id: str
    command: str
    plan_id: str
    created_at: datetime
    ends_at: datetime
    process: Instance
    canceled_at: datetime | None = None

    def status(self, now: datetime) -> str:
        """Return the status at a time, in the words of Render's OpenAPI document."""
        if self.canceled_at:
            return "canceled"
        if now < self.ends_at:
            return "running"
        return "succeeded" if self.process.script.healthy else "failed"

    def finished_at(self, now: datetime) -> datetime | None:
        """Return when it ended, if it has."""
        if self.canceled_at:
            return self.canceled_at
        return self.ends_at if self.ends_at <= now else None
