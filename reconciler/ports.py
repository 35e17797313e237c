"""What the core needs of the world; adapters at the edge satisfy these protocols, tests may too.

Reading and writing are different types, so that handing a writer to a command that only reads is a choice somebody
makes in one visible place, and "plan cannot write" is checked by the type checker.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.domain.definition import SecretRef
    from reconciler.domain.deploy import Deploy, Instance, LogLine
    from reconciler.domain.state import DeployMode, ServiceSummary
    from reconciler.domain.value import Secret
    from reconciler.errors import Problem


class Clock(Protocol):
    """Time, so that nothing inside asks the machine for it."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class LiveReader(Protocol):
    """Reads Render; every method raises `RenderError` when the answer is not exactly what was asked for.

    A list is read to its last page or not at all: a failed, repeated or malformed page never reads as "absent".
    """

    @property
    def reads(self) -> Mapping[str, int]:
        """How many GET requests were sent so far, by kind."""
        ...

    async def workspaces(self) -> Mapping[str, str]:
        """Return the names of the workspaces that the key sees, by id."""
        ...

    async def services(self, workspace_id: str) -> Sequence[ServiceSummary]:
        """List a workspace's services, pull-request previews excluded."""
        ...

    async def variables(self, service_id: str) -> Mapping[str, Secret]:
        """Read all variables that are set on the service itself."""
        ...

    async def secret_files(self, service_id: str) -> Mapping[str, Secret]:
        """Read all secret files that are set on the service itself."""
        ...

    async def variable(self, service_id: str, key: str) -> Secret | None:
        """Read one variable; `None` only where Render says of this very key that it is not there."""
        ...

    async def secret_file(self, service_id: str, name: str) -> Secret | None:
        """Read one secret file; `None` only where Render says of this very name that it is not there."""
        ...

    async def deploys(self, service_id: str) -> Sequence[Deploy]:
        """List a service's last twenty deploys, newest first."""
        ...

    async def deploy(self, service_id: str, deploy_id: str) -> Deploy:
        """Read one deploy."""
        ...

    async def instances(self, service_id: str) -> Sequence[Instance]:
        """List the instances that run now."""
        ...

    async def logs(self, workspace_id: str, service_id: str, *, since: datetime) -> Sequence[LogLine]:
        """Read the application's log lines since a time, oldest first, each once."""
        ...


Confirm = Callable[[], Awaitable[bool]]
"""Asked just before a request that changes something is sent, each time it is sent.

It comes after every wait for a rate limit or between attempts, so that what it looks at is as fresh as can be. It says
whether the request is still wanted; what it raises ends the request, unsent, and reaches the caller as it is.
"""


class LiveWriter(LiveReader, Protocol):
    """Writes Render, one key at a time; there is no way to replace all of a service's variables."""

    async def put_variable(self, service_id: str, key: str, value: Secret, *, confirm: Confirm) -> None:
        """Set one variable."""
        ...

    async def delete_variable(self, service_id: str, key: str, *, confirm: Confirm) -> None:
        """Delete one variable."""
        ...

    async def put_secret_file(self, service_id: str, name: str, content: Secret, *, confirm: Confirm) -> None:
        """Set one secret file."""
        ...

    async def delete_secret_file(self, service_id: str, name: str, *, confirm: Confirm) -> None:
        """Delete one secret file."""
        ...

    async def create_deploy(self, service_id: str, mode: DeployMode, *, confirm: Confirm) -> Deploy | None:
        """Ask for a deploy; `None` where Render queued it behind another one and did not say which it will be.

        Never sent twice: when the answer is lost, the caller finds out by listing deploys.
        """
        ...


class SecretResolver(Protocol):
    """Fetches secrets from the stores that references name."""

    async def resolve(self, references: Sequence[SecretRef]) -> Mapping[SecretRef, Secret | Problem]:
        """Fetch each distinct reference once; what could not be had comes back as a problem without a location."""
        ...


class HealthProbe(Protocol):
    """Asks a service's own health path."""

    async def check(self, url: str) -> str | None:
        """Return `None` when the path answered as a healthy service does, else a sentence that says what it did."""
        ...


class Progress(Protocol):
    """Says what the work is waiting for, to a person who watches."""

    def say(self, message: str) -> None:
        """Show one line about what is going on now."""
        ...
