"""Ready to apply: from a plan file, or from a question to a person, to a plan that may be carried out now."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from reconciler.cli.approvals import approvers_of, evidence_for, stored_approvals
from reconciler.cli.files import read_whole
from reconciler.cli.planning import Planning
from reconciler.cli.policy import policy_of, require_unguarded
from reconciler.cli.progress import progress
from reconciler.cli.store import locked, require_lasting, store
from reconciler.domain.journal import already_applied
from reconciler.errors import ApprovalError, RefusedError, UsageError
from reconciler.planning.plan_file import load_plan
from reconciler.report.plan_text import plan_text
from reconciler.workflows.apply import require_allowed, require_same
from reconciler.workflows.rollback import recorded_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta
    from pathlib import Path

    from reconciler.cli.policy import Policy
    from reconciler.cli.settings import Settings
    from reconciler.domain.plan import Permissions, Plan
    from reconciler.planning.authorize import Approved
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import Prepared
    from reconciler.ports import Journal, Lease, Progress
    from reconciler.store import Store


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan that may be carried out now, who stands behind it, and what it is carried out under."""

    planning: Planning
    prepared: Prepared
    key: FingerprintKey
    approved_by: tuple[str, ...]
    journal: Journal
    lease: Lease


@contextmanager
def approved(settings: Settings, plan_file: Path, lock_timeout: timedelta, *, allow_outside: bool) -> Iterator[Ready]:
    """Verify the approvals of a plan file, before Render is asked anything, then rebuild it and demand the same."""
    plan = load_plan(read_whole(plan_file, "plan file"), str(plan_file))
    planning = Planning.begin(settings, plan.scope.environments, plan.scope.services, allow_outside=allow_outside)
    policy = policy_of(planning.desired, settings.file)
    protected = policy.protects(plan.scope.environments)

    def judged() -> Approved:
        # GitHub may let us wait, so the time is looked at afterwards.
        evidence = evidence_for(plan, stored_approvals(plan_file), policy)
        return approvers_of(plan, evidence, policy, planning.clock.now())

    given = judged()
    key = planning.key(required=bool(protected))
    with store(settings) as opened:
        require_lasting(opened, protected, plan.permissions)
        with _locked(planning, opened, lock_timeout) as lease:
            if lock_timeout:
                # What counted may have expired or been taken back while another apply was waited for.
                given = judged()
            _require_unused(plan, given, opened.journal)
            with progress() as shown:
                prepared = asyncio.run(_rebuilt(plan, planning, key, shown, opened.journal))
            require_same(plan, prepared.plan)
            _require_permitted(prepared, policy)
            # The plan that is carried out is the approved one: the same content, under the id that was signed.
            yield Ready(planning, replace(prepared, plan=plan), key, given.by, opened.journal, lease)


def _require_unused(plan: Plan, given: Approved, journal: Journal) -> None:
    """Refuse to apply a plan again, or other plans on approvals that named their content and have served already."""
    if (consumed := journal.consumed(plan.plan_id)) is not None:
        raise already_applied(consumed)
    if given.content_since is not None:
        served = journal.consumed_content(plan.digest, given.content_since)
        if served is not None:
            raise already_applied(served, " with this content, on approvals that serve once")


async def _rebuilt(plan: Plan, planning: Planning, key: FingerprintKey, shown: Progress, journal: Journal) -> Prepared:
    """Make a plan anew from what it was made from: today's file, or for a rollback the journal."""
    if plan.run is None:
        return await planning.read_only_plan(plan.permissions, key, shown, journal)
    history = recorded_run(journal, plan.run)
    return await planning.read_only_rollback(history, plan.permissions, key, shown, journal)


@contextmanager
def confirmed(
    planning: Planning,
    permissions: Permissions,
    lock_timeout: timedelta,
    *,
    auto_approve: bool,
    quiet: bool,
) -> Iterator[Ready]:
    """Make a plan for one unprotected environment, show it, and ask."""
    settings = planning.settings
    if len(planning.scope.environments) != 1:
        names = ", ".join(planning.scope.environments)
        message = f"apply without a PLAN is for exactly one environment, not for {names}"
        raise UsageError(message, remedy="say which with -e")
    policy = policy_of(planning.desired, settings.file)
    if protected := policy.protects(planning.scope.environments):
        name = protected[0]
        raise ApprovalError(
            f"{name} is protected: it needs an approved plan, and nothing switches that off",
            remedy=f"reconcile plan -e {name} -o PLAN; an approver: reconcile approve PLAN; then: reconcile apply PLAN",
        )
    key = planning.key(required=False)
    with store(settings) as opened, _locked(planning, opened, lock_timeout) as lease:
        with progress() as shown:
            prepared = asyncio.run(planning.read_only_plan(permissions, key, shown, opened.journal))
        if not quiet:
            settings.show(_shown(prepared, settings.width))
        _require_permitted(prepared, policy)
        if not prepared.plan.is_empty and not auto_approve:
            _ask()
        yield Ready(planning, prepared, key, (), opened.journal, lease)


@contextmanager
def _locked(planning: Planning, opened: Store, timeout: timedelta) -> Iterator[Lease]:
    """Lock the environments in scope, before anything of them is read."""
    with progress() as shown:
        names = asyncio.run(planning.lock_names(shown))
    with locked(opened, names, planning.who, timeout) as lease:
        yield lease


def _shown(prepared: Prepared, width: int) -> str:
    text = plan_text(prepared.plan, width, unverified=prepared.unverified)
    return text if prepared.plan.is_empty else text + "\n"


def _require_permitted(prepared: Prepared, policy: Policy) -> None:
    require_allowed(prepared)
    require_unguarded(policy, prepared)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise RefusedError(
            "nobody is there to approve the plan",
            remedy="apply a PLAN that was looked at, or say --auto-approve for an unprotected environment",
        )
    click.echo("Carry this out? Only 'yes' will be accepted to approve.", err=True)
    if click.prompt("  Enter a value", err=True, default="", show_default=False) != "yes":
        raise RefusedError("the plan was not approved; nothing was written")
    click.echo(err=True)
