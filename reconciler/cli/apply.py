"""`reconcile apply`: carry out an approved plan, deploy, and prove that the services are healthy."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from reconciler.cli.approvals import approvers_of, stored_approvals
from reconciler.cli.duration import Duration
from reconciler.cli.files import read_whole
from reconciler.cli.identity import whoami
from reconciler.cli.interruption import Interruption
from reconciler.cli.options import (
    PermissionOptions,
    format_option,
    outside_option,
    permission_options,
    permissions_of,
    scope_options,
)
from reconciler.cli.planning import Planning
from reconciler.cli.policy import policy_of, require_unguarded
from reconciler.cli.progress import progress
from reconciler.cli.settings import Settings, common_options
from reconciler.domain.plan import Permissions, PlanKind
from reconciler.errors import ApprovalError, RefusedError, UsageError
from reconciler.health import HttpProbe
from reconciler.planning.plan_file import load_plan
from reconciler.render_api import RenderWriter
from reconciler.report.plan_text import plan_text
from reconciler.report.result_json import result_json
from reconciler.report.result_text import result_text
from reconciler.workflows.apply import carry_out, require_allowed, require_same
from reconciler.workflows.settle import Settling
from reconciler.workflows.stopping import StoppableClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from reconciler.cli.policy import Policy
    from reconciler.domain.outcome import ApplyResult
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import Prepared
    from reconciler.ports import Progress

INCOMPLETE = 4
INTERRUPTED = 130
NOTHING_WRITTEN = 1


@click.command()
@common_options
@click.argument("plan_file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@scope_options
@outside_option
@permission_options
@click.option("--auto-approve", is_flag=True, allow_from_autoenv=False, help="Do not ask; protected plans need PLAN.")
@click.option("--poll-interval", type=Duration(), default="5s", metavar="TIME", help="Between looks at a deploy [5s].")
@format_option("text", "json")
@click.pass_context
def apply(  # noqa: PLR0913 — one each option
    context: click.Context,
    settings: Settings,
    *,
    plan_file: Path | None,
    environments: tuple[str, ...],
    services: tuple[str, ...],
    allow_outside: bool,
    auto_approve: bool,
    poll_interval: timedelta,
    output: str,
    **permissions: Unpack[PermissionOptions],
) -> None:
    """Carry out a plan: write, deploy, and prove that the services are healthy.

    With PLAN, an approved plan is rebuilt, found to be the same, and carried out. Without it, a plan for one
    unprotected environment is made, shown, and carried out when somebody says yes.
    """
    allowed = permissions_of(permissions)
    if plan_file is not None:
        if environments or services or auto_approve or allowed != Permissions():
            raise UsageError("a PLAN holds its own scope and permissions; give it alone, or make a new plan with them")
        ready = _approved(settings, plan_file, allow_outside=allow_outside)
    else:
        planning = Planning.begin(settings, environments, services, allow_outside=allow_outside)
        ready = _confirmed(planning, allowed, auto_approve=auto_approve, quiet=output == "json")
    if not ready.prepared.plan.pending and output == "text":
        # Without a PLAN it was shown already.
        if plan_file is not None:
            settings.show(plan_text(ready.prepared.plan, settings.width))
        return
    with progress() as shown:
        result = asyncio.run(_carry_out(ready, poll_interval, Interruption(), shown))
    code = _exit_code(result)
    with _unread():
        settings.show(result_json(result) if output == "json" else result_text(result, settings.width))
    context.exit(code)


def _exit_code(result: ApplyResult) -> int:
    if result.succeeded:
        return 0
    if result.interrupted:
        return INTERRUPTED
    return INCOMPLETE if any(service.wrote_anything for service in result.services) else NOTHING_WRITTEN


@contextmanager
def _unread() -> Iterator[None]:
    """Show a result to a reader who may have gone away, without losing the exit code that goes with it."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan that may be carried out now, and who stands behind it."""

    planning: Planning
    prepared: Prepared
    key: FingerprintKey
    approved_by: tuple[str, ...]


def _approved(settings: Settings, plan_file: Path, *, allow_outside: bool) -> Ready:
    """Verify the approvals of a plan file, before Render is asked anything, then rebuild it and demand the same."""
    plan = load_plan(read_whole(plan_file, "plan file"), str(plan_file))
    if plan.kind is not PlanKind.APPLY:
        raise UsageError(f"{plan_file} is a plan of kind {plan.kind}, which this version of reconcile cannot apply")
    planning = Planning.begin(settings, plan.scope.environments, plan.scope.services, allow_outside=allow_outside)
    policy = policy_of(planning.desired, settings.file)
    approved_by = approvers_of(plan, stored_approvals(plan_file), policy, planning.clock.now())
    key = planning.key(required=bool(policy.protects(plan.scope.environments)))
    with progress() as shown:
        prepared = asyncio.run(planning.read_only_plan(plan.permissions, key, shown))
    require_same(plan, prepared.plan)
    _require_permitted(prepared, policy)
    # The plan that is carried out is the approved one: the same content, under the id that was signed.
    return Ready(planning, replace(prepared, plan=plan), key, approved_by)


def _confirmed(
    planning: Planning,
    permissions: Permissions,
    *,
    auto_approve: bool,
    quiet: bool,
) -> Ready:
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
    with progress() as shown:
        prepared = asyncio.run(planning.read_only_plan(permissions, key, shown))
    if not quiet:
        settings.show(plan_text(prepared.plan, settings.width) + ("\n" if prepared.plan.pending else ""))
    _require_permitted(prepared, policy)
    if prepared.plan.pending and not auto_approve:
        _ask()
    return Ready(planning, prepared, key, ())


def _require_permitted(prepared: Prepared, policy: Policy) -> None:
    require_allowed(prepared)
    require_unguarded(policy, prepared.services)


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


async def _carry_out(
    ready: Ready, poll_interval: timedelta, interruption: Interruption, shown: Progress
) -> ApplyResult:
    """Carry the plan out; the first signal to stop finishes the write in flight and says what was done."""
    stop = interruption.attach()
    clock = ready.planning.clock
    settling = Settling(
        key=ready.key,
        clock=clock,
        probe=HttpProbe(),
        progress=shown,
        stop=stop,
        poll_seconds=poll_interval.total_seconds(),
    )
    waiting = StoppableClock(clock, stop)
    ready.planning.seen.add_nameless(ready.prepared.values)
    async with ready.planning.connect(shown, waiting) as opened:
        return await carry_out(
            ready.prepared,
            {name: RenderWriter(connection) for name, connection in opened.items()},
            settling,
            clock,
            applied_by=whoami(ready.planning.settings.file.parent),
            approved_by=ready.approved_by,
            stop=stop,
        )
