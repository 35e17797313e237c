"""What the core needs of the world; adapters at the edge satisfy these protocols, tests may too.

Reading and writing are different types, so that handing a writer to a command that only reads is a choice somebody
makes in one visible place, and "plan cannot write" is checked by the type checker.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.audit import AuditTrail
    from reconciler.domain.datastore import ConnectionInfo, Datastore
    from reconciler.domain.definition import SecretRef
    from reconciler.domain.deploy import Deploy, Instance, LogLine
    from reconciler.domain.journal import (
        Applied,
        ConsumedPlan,
        Intent,
        LockRecord,
        OwedDeploy,
        Reach,
        RunHistory,
        RunRecord,
        RunResult,
    )
    from reconciler.domain.outcome import DeployResult, StepStatus
    from reconciler.domain.plan import Plan
    from reconciler.domain.state import DeployMode, GroupSummary, LiveGroup, ServiceSummary
    from reconciler.domain.value import Fingerprint, Secret
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

    async def groups(self, workspace_id: str) -> Sequence[GroupSummary]:
        """List a workspace's env groups."""
        ...

    async def group(self, group_id: str) -> LiveGroup:
        """Read one env group: its variables, and the services that are linked to it."""
        ...

    async def group_variable(self, group_id: str, key: str) -> Secret | None:
        """Read one variable of an env group; `None` only where Render says of this very key that it is not there."""
        ...

    async def databases(self, workspace_id: str) -> Sequence[Datastore]:
        """List a workspace's Postgres databases."""
        ...

    async def key_values(self, workspace_id: str) -> Sequence[Datastore]:
        """List a workspace's Key Value instances."""
        ...

    async def database_connection(self, database_id: str) -> ConnectionInfo:
        """Read how to connect to a Postgres database."""
        ...

    async def key_value_connection(self, instance_id: str) -> ConnectionInfo:
        """Read how to connect to a Key Value instance."""
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

    async def audit_trail(self, workspace_id: str, *, since: datetime) -> AuditTrail | None:
        """Read who changed services' variables since a time; `None` where the workspace's audit log cannot be read.

        Of a very long log only the newest part is read; the trail says since when it leaves nothing out.
        """
        ...


Confirm = Callable[[], Awaitable[bool]]
"""Asked just before a request that changes something is sent, each time it is sent.

It comes after every wait for a rate limit or between attempts, so that what it looks at is as fresh as can be. It says
whether the request is still wanted; what it raises ends the request, unsent, and reaches the caller as it is.
"""


class LiveWriter(LiveReader, Protocol):
    """Writes Render, one key at a time; there is no way to replace all variables, or to unlink an env group."""

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

    async def put_group_variable(self, group_id: str, key: str, value: Secret, *, confirm: Confirm) -> None:
        """Set one variable of an env group."""
        ...

    async def delete_group_variable(self, group_id: str, key: str, *, confirm: Confirm) -> None:
        """Delete one variable of an env group."""
        ...

    async def link_group(self, group_id: str, service_id: str, *, confirm: Confirm) -> None:
        """Link an env group to one service; the links of others stay."""
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


class JournalReader(Protocol):
    """Tells what applies meant to do, did, and still owe; each method may raise `StoreError`. Times are the store's."""

    def consumed(self, plan_id: str) -> ConsumedPlan | None:
        """Return who applied a plan and when; `None` for a plan that may still be applied."""
        ...

    def owed_deploys(self) -> Sequence[OwedDeploy]:
        """List the services with writes, done or perhaps done, that no live deploy asked for later covers."""
        ...

    def unproven_deploys(self) -> Mapping[str, int]:
        """Return the runs whose deploys, the last ones of their services, were not seen to bring up healthy ones.

        By the service's id on Render.
        """
        ...

    def all_applied(self, key_id: str) -> Mapping[Address, Applied]:
        """Return what was last set at each address, where that is certain and was fingerprinted with the key."""
        ...

    def locks(self) -> Sequence[LockRecord]:
        """List the locks that are held, or were by somebody whose lease has run out."""
        ...

    def deployed(self, key_id: str) -> Mapping[str, Mapping[Address, Fingerprint]]:
        """Return what each service had when its last live deploy was asked for, by its id; of this key only."""
        ...

    def runs(self, limit: int = 20) -> Sequence[RunRecord]:
        """List the last runs, newest first."""
        ...

    def run(self, run_id: int) -> RunHistory | None:
        """Return everything that is known of one run."""
        ...


class Journal(JournalReader, Protocol):
    """Remembers what applies meant to do and did, so that one that was killed can be finished.

    Each method is one transaction that is on disk when it returns; each may raise `StoreError`. It is told fingerprints
    and encrypted values, never values.
    """

    def begin(self, plan: Plan, applied_by: str, approved_by: Sequence[str]) -> int:
        """Record that a run of the plan starts, with the writes it has before it; return the run's id."""
        ...

    def intend(self, run_id: int, intent: Intent) -> int:
        """Record a write that is about to be sent, and the deploy it makes its service owe; return the step's id.

        The run's first intent consumes the plan; raises `PlanAlreadyAppliedError` where another run did that.
        """
        ...

    def settle(self, step_id: int, status: StepStatus, detail: str | None = None) -> None:
        """Record how a write ended; again, when reading once more tells otherwise."""
        ...

    def owe(self, run_id: int, reach: Reach) -> None:
        """Record a deploy that the run owes without a write of its own; consumes the plan as a write does."""
        ...

    def deploy_requested(
        self,
        run_id: int,
        owner: Owner,
        deploy_id: str | None,
        *,
        newest_before: str | None = None,
        values: Mapping[Address, Fingerprint] | None = None,
    ) -> None:
        """Record that an owed deploy is asked for, before it is, and again once Render has named it.

        `newest_before` is the newest deploy that was there before the request, and `values` are all declared ones of
        the service, as they were read just before it; the second call leaves both out.
        """
        ...

    def deploy_left_out(self, run_id: int, owner: Owner, *, newest_before: str | None) -> None:
        """Record that a deploy is left to somebody else, and the newest deploy that was there after the writes."""
        ...

    def deploy_settled(
        self, run_id: int, owner: Owner, result: DeployResult, deploy_id: str | None = None, detail: str | None = None
    ) -> None:
        """Record what became of a deploy; one that was never recorded as requested stays owed."""
        ...

    def deploy_proven(self, run_id: int, owner: Owner) -> None:
        """Record that after a deploy that is live the service was seen to be healthy, as far as a rule says how."""
        ...

    def finish(self, run_id: int, result: RunResult) -> None:
        """Record that a run came to its end; one that never does was killed."""
        ...


class Lease(Protocol):
    """Locks that are held, all of them, for as long as it is checked often enough."""

    @property
    def names(self) -> tuple[str, ...]:
        """The locks, sorted."""
        ...

    def check(self) -> None:
        """Renew the lease when it is time; raises `LeaseLostError` when a lock is no longer held.

        After it, at least two thirds of the lease remain for what has to be done under it.
        """
        ...

    def release(self) -> None:
        """Let go of the locks that are still held."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Locks(Protocol):
    """Keeps applies of one environment apart, across processes and, with a shared store, machines."""

    def acquire(self, names: Iterable[str], owner: str, *, lease_seconds: float, wait_seconds: float = 0) -> Lease:
        """Take all the locks or none; raises `LockHeldError` that says who holds them, once waiting is over."""
        ...

    def break_lock(self, name: str) -> LockRecord | None:
        """Take a lock away from whoever holds it; return whose it was."""
        ...

    def locks(self) -> Sequence[LockRecord]:
        """List the locks that are held, or were by somebody whose lease has run out."""
        ...
