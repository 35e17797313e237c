"""The deploys of one service: one at a time, one waiting, and which instances run because of them.

Nothing happens in the background. `settle` brings a service up to a time; whoever reads or changes anything that a
deploy could depend on settles first, so a deploy that started in between has seen the variables of its own start.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.sandbox.deploy import Deploy, Outcome, Timing
from reconciler.sandbox.identifier import derived_id, new_id, new_instance_id
from reconciler.sandbox.instance import Instance
from reconciler.sandbox.workloads import WORKLOADS, Line, Script, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from reconciler.sandbox.record import Service

_NO_PROCESS = ("static_site", "cron_job")


@dataclass(frozen=True, slots=True)
class World:
    """What deploys need to know of the rest of the sandbox."""

    service: Callable[[str], Service]
    variables: Callable[[str], dict[str, str]]
    """The variables a process of a service would see now."""
    surroundings: Callable[[], Surroundings]
    timing: Callable[[], Timing]


@dataclass(slots=True)
class Rollout:
    """The deploys and instances of one service, oldest first."""

    service_id: str
    world: World
    deploys: list[Deploy] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    outcomes: deque[tuple[Outcome, str]] = field(default_factory=deque)
    """How the next deploys are made to end, and what triggers the foreign one that may take over."""

    @property
    def live(self) -> Deploy | None:
        """Return the deploy that serves, as far as settled."""
        return next((deploy for deploy in reversed(self.deploys) if deploy.finished_as == "live"), None)

    @property
    def in_flight(self) -> Deploy | None:
        """Return the deploy that is under way."""
        return next((deploy for deploy in reversed(self.deploys) if deploy.phases and not deploy.over), None)

    @property
    def waiting(self) -> Deploy | None:
        """Return the deploy that is queued behind the one under way."""
        return next((deploy for deploy in reversed(self.deploys) if not deploy.phases and not deploy.over), None)

    def running(self, now: datetime) -> list[Instance]:
        """Return the instances that are there."""
        return [instance for instance in self.instances if instance.runs(now)]

    def healthy(self, now: datetime) -> bool:
        """Tell whether something answers."""
        return any(instance.script.healthy for instance in self.running(now))

    def job_variables(self) -> dict[str, str] | None:
        """Return what a one-off job sees: the live deploy's variables, else the latest's that was built."""
        built = [deploy for deploy in self.deploys if deploy.over and deploy.finished_as != "build_failed"]
        deploy = self.live or (built[-1] if built else None)
        return deploy.variables if deploy else None

    def request(self, deploy: Deploy) -> tuple[Deploy, bool]:
        """Take a deploy on; the answer tells whether it had to queue (or is made to look so)."""
        now = deploy.created_at
        self.settle(now)
        forced, by = self.outcomes.popleft() if self.outcomes else (None, "")
        deploy = replace(deploy, forced=forced)
        queued = self.in_flight is not None
        if queued and (older := self.waiting):
            self._put(older.finished(now, "canceled"))
        self.deploys.append(deploy)
        if not queued:
            self._start(deploy, now)
        if forced in {Outcome.SUPERSEDED, Outcome.DEACTIVATED}:
            follower = Deploy(new_id("dep"), self.service_id, now, trigger=by, commit=deploy.commit)
            self.deploys.append(follower)
        return self.find(deploy.id), queued or forced is Outcome.ANSWERED_202

    def cancel(self, deploy: Deploy, now: datetime) -> Deploy:
        """End a deploy that has not ended yet; whatever waited behind it starts."""
        canceled = self._put(deploy.finished(now, "canceled"))
        self._stop(now, only=deploy.instance_ids)
        self.settle(now)
        return canceled

    def settle(self, now: datetime) -> None:
        """Let everything happen that is due by now."""
        while True:
            current = self.in_flight
            if current is None:
                # Several may wait only when a follower was added behind a queued deploy: the oldest goes first.
                waiting = next((deploy for deploy in self.deploys if not deploy.phases and not deploy.over), None)
                if waiting is None:
                    return
                before = [deploy.ends_at for deploy in self.deploys if deploy.over and deploy.ends_at]
                self._start(waiting, max([waiting.created_at, *before]))
                continue
            if not current.instance_ids and current.update_at and current.update_at <= now:
                current = self._launch(current, current.update_at)
            if current.ends_at is None or current.ends_at > now:
                return
            self._finish(current, current.ends_at)

    def restart(self, now: datetime) -> None:
        """Replace the running instances by new ones with the same variables: a restart picks up nothing new."""
        for instance in self.running(now):
            self._halt(instance, now)
            self.instances.append(replace(instance, id=new_instance_id(self.service_id), started_at=now))

    def scale(self, count: int, now: datetime) -> None:
        """Start or stop instances of the running kind until there are so many."""
        running = self.running(now)
        for instance in running[count:]:
            self._halt(instance, now)
        for _ in range(count - len(running) if running else 0):
            self.instances.append(replace(running[0], id=new_instance_id(self.service_id), started_at=now))

    def halt(self, now: datetime) -> None:
        """Stop everything, for a service that is suspended or deleted."""
        for deploy in self.deploys:
            if not deploy.over:
                self._put(deploy.finished(now, "canceled"))
        self._stop(now)

    def find(self, deploy_id: str) -> Deploy:
        """Return the present state of a deploy."""
        return next(deploy for deploy in self.deploys if deploy.id == deploy_id)

    def _start(self, deploy: Deploy, at: datetime) -> None:
        service = self.world.service(self.service_id)
        variables = self.world.variables(self.service_id)
        if service.type == "cron_job" and not deploy.builds and deploy.forced is None:
            self._put(deploy.registered(at, variables))
            self.settle(at)
            return
        self._put(
            deploy.started(
                at,
                self.world.timing(),
                variables=variables,
                healthy=self._script(service, variables).healthy,
                pre_deploy=bool(service.pre_deploy_command),
            )
        )

    def _script(self, service: Service, variables: dict[str, str]) -> Script:
        if service.type in _NO_PROCESS:
            return Script(opening=())
        script = WORKLOADS[service.workload](service.name, variables, self.world.surroundings())
        return replace(script, opening=(*script.opening, Line(service.ready_line))) if service.ready_line else script

    def _launch(self, deploy: Deploy, at: datetime) -> Deploy:
        service = self.world.service(self.service_id)
        count = 0 if service.type in _NO_PROCESS else service.num_instances
        script = self._script(service, deploy.variables or {})
        new = [Instance(new_instance_id(self.service_id), self.service_id, deploy.id, at, script) for _ in range(count)]
        self.instances.extend(new)
        # A deploy without a process is marked too, so that it is launched once.
        ids = tuple(instance.id for instance in new) or (derived_id("none", deploy.id),)
        return self._put(replace(deploy, instance_ids=ids))

    def _finish(self, deploy: Deploy, at: datetime) -> None:
        previous = self.live
        self._put(deploy.finished(at, deploy.ends_as))
        if deploy.ends_as == "live":
            if previous:
                self._put(previous.finished(at, "deactivated"))
            self._stop(at, keep=deploy.instance_ids)
        elif previous or deploy.ends_as == "canceled":
            # What served before goes on serving.
            self._stop(at, only=deploy.instance_ids)
        else:
            # Nothing to fall back to: the failed process keeps crashing, as a worker's does.
            self._stop(at, keep=deploy.instance_ids)

    def _stop(self, at: datetime, *, keep: tuple[str, ...] = (), only: tuple[str, ...] | None = None) -> None:
        for instance in self.instances:
            if instance.stopped_at is None and instance.id not in keep and (only is None or instance.id in only):
                self._halt(instance, at)

    def _halt(self, instance: Instance, at: datetime) -> None:
        self.instances[self.instances.index(instance)] = replace(instance, stopped_at=at)

    def _put(self, deploy: Deploy) -> Deploy:
        index = next(i for i, known in enumerate(self.deploys) if known.id == deploy.id)
        self.deploys[index] = deploy
        return deploy
