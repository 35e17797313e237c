"""What `plan`, `drift` and `apply` have in common: from the command line's words to a plan."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.cli.clock import SystemClock
from reconciler.cli.git import head_commit
from reconciler.cli.github import workflow_run
from reconciler.cli.identity import whoami
from reconciler.cli.keys import api_keys, fingerprint_key, sealing_key
from reconciler.cli.render import connections
from reconciler.cli.stores import secret_stores
from reconciler.config import load
from reconciler.planning.build import Origin
from reconciler.planning.checks import finding_order
from reconciler.planning.scope import scope_of, within
from reconciler.render_api import RenderReader, SeenValues
from reconciler.workflows.drift import drift_of
from reconciler.workflows.explain import Differences, explain
from reconciler.workflows.plan import PlanRequest, make_plan
from reconciler.workflows.read import spent
from reconciler.workflows.rollback import Keys, make_rollback
from reconciler.workflows.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from reconciler.cli.settings import Settings
    from reconciler.domain.journal import RunHistory
    from reconciler.domain.plan import Permissions, Scope
    from reconciler.domain.provenance import Explanation
    from reconciler.domain.state import DesiredState, Environment
    from reconciler.domain.value import Secret
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import Prepared
    from reconciler.ports import Clock, JournalReader, LiveReader, Progress
    from reconciler.render_api import RenderConnection


@dataclass(frozen=True, slots=True)
class Planning:
    """Everything that making a plan needs, before anybody was contacted."""

    settings: Settings
    desired: DesiredState
    scope: Scope
    keys: Mapping[str, Secret]
    clock: Clock
    seen: SeenValues
    """Every value that this run has read, sent or fetched: what no message may quote."""
    allow_outside: bool = False
    """Whether references may name files outside the folder of services.yaml."""

    @classmethod
    def begin(
        cls, settings: Settings, environments: Sequence[str], services: Sequence[str], *, allow_outside: bool = False
    ) -> Planning:
        """Load services.yaml, check the names asked for against it, and find the API keys."""
        desired = load(settings.file)
        scope = scope_of(desired, environments, services)
        keys = api_keys(within(desired, scope).environments.values())
        return cls(settings, desired, scope, keys, SystemClock(), SeenValues(), allow_outside)

    @property
    def environments(self) -> Mapping[str, Environment]:
        """The environments in scope."""
        return within(self.desired, self.scope).environments

    @property
    def who(self) -> str:
        """Whoever runs the command, as far as that can be told."""
        return whoami(self.settings.file.parent)

    def key(self, *, required: bool) -> FingerprintKey:
        """Return the key for fingerprints; `required` where an API key's will not do."""
        return fingerprint_key(self.keys, required=required)

    def connect(
        self, progress: Progress, clock: Clock | None = None
    ) -> AbstractAsyncContextManager[dict[str, RenderConnection]]:
        """Open the connections to Render that the scope needs; all of a run's note what they see in one place."""
        return connections(self.environments, self.keys, self.settings, clock or self.clock, progress, self.seen)

    async def prepare(
        self,
        readers: Mapping[str, LiveReader],
        permissions: Permissions,
        key: FingerprintKey,
        progress: Progress,
        journal: JournalReader | None,
    ) -> Prepared:
        """Make a new plan, by whoever runs the command."""
        stores = secret_stores(self.desired, self.settings.file.parent, allow_outside=self.allow_outside)
        return await make_plan(self._request(permissions), readers, stores, key, progress, journal)

    async def explained_plan(
        self,
        permissions: Permissions,
        key: FingerprintKey,
        progress: Progress,
        journal: JournalReader | None,
        ignore: Sequence[str] = (),
    ) -> tuple[Prepared, Explanation]:
        """Make a plan likewise, and find out where its differences come from but for those that `ignore` matches.

        Rival controllers that come to light are among the plan's checks.
        """
        async with self.connect(progress) as opened:
            readers = {name: RenderReader(connection) for name, connection in opened.items()}
            prepared = await self.prepare(readers, permissions, key, progress, journal)
            plan = prepared.plan
            drift = drift_of(plan, ignore)
            differences = Differences(prepared.services, drift.changes, drift.checks)
            explanation = await explain(differences, readers, key, journal, self.clock.now())
            # The audit log was read only now, for the plan that is there.
            plan = replace(plan, estimate=replace(plan.estimate, reads=spent(readers)))
        # The journal's owed deploys may have brought the same rivals to light.
        told = {(check.code, check.location) for check in plan.checks}
        more = [finding for finding in explanation.findings if (finding.code, finding.location) not in told]
        checks = tuple(sorted((*plan.checks, *more), key=finding_order))
        return replace(prepared, plan=replace(plan, checks=checks)), explanation

    async def read_only_plan(
        self, permissions: Permissions, key: FingerprintKey, progress: Progress, journal: JournalReader | None
    ) -> Prepared:
        """Make a plan over connections of its own that can only read."""
        async with self.connect(progress) as opened:
            readers = {name: RenderReader(connection) for name, connection in opened.items()}
            return await self.prepare(readers, permissions, key, progress, journal)

    async def read_only_rollback(
        self,
        history: RunHistory,
        permissions: Permissions,
        key: FingerprintKey,
        progress: Progress,
        journal: JournalReader | None,
    ) -> Prepared:
        """Make a plan that undoes a run, over connections of its own that can only read."""
        async with self.connect(progress) as opened:
            readers = {name: RenderReader(connection) for name, connection in opened.items()}
            request = self._request(permissions)
            return await make_rollback(request, history, readers, Keys(key, sealing_key()), progress, journal)

    def _request(self, permissions: Permissions) -> PlanRequest:
        folder = self.settings.file.parent
        plan_id = f"plan-{secrets.token_hex(8)}"
        origin = Origin(plan_id, self.clock.now(), self.who, head_commit(folder), workflow_run())
        return PlanRequest(self.desired, self.scope, origin, permissions)

    async def lock_names(self, progress: Progress) -> list[str]:
        """Return the names of the locks that an apply of the scope needs: one for each workspace and environment."""
        async with self.connect(progress) as opened:
            readers = {name: RenderReader(connection) for name, connection in opened.items()}
            found = await Workspaces.find(self.desired, readers, self.scope.environments)
        return sorted(f"{workspace_id}/{name}" for name, workspace_id in found.ids.items())
