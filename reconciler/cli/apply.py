"""`reconcile apply`: carry out an approved plan, deploy, and prove that the services are healthy."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from reconciler.cli.duration import Duration
from reconciler.cli.interruption import Interruption
from reconciler.cli.keys import sealing_key
from reconciler.cli.options import (
    PermissionOptions,
    format_option,
    outside_option,
    permission_options,
    permissions_of,
    scope_options,
)
from reconciler.cli.planning import Planning
from reconciler.cli.progress import progress
from reconciler.cli.ready import approved, confirmed
from reconciler.cli.runner import annotate, summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.domain.plan import Permissions
from reconciler.errors import UsageError
from reconciler.health import HttpProbe
from reconciler.render_api import RenderWriter
from reconciler.report.plan_markdown import plan_markdown
from reconciler.report.plan_text import plan_text
from reconciler.report.result_json import result_json
from reconciler.report.result_text import result_text
from reconciler.report.step_summary import result_summary
from reconciler.report.workflow_commands import finding_annotations
from reconciler.workflows.apply import carry_out
from reconciler.workflows.record import Recording
from reconciler.workflows.settle import Settling
from reconciler.workflows.stopping import StoppableClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from reconciler.cli.ready import Ready
    from reconciler.domain.outcome import ApplyResult
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
@click.option(
    "--lock-timeout",
    type=Duration(may_be_none=True),
    default="0s",
    metavar="TIME",
    help="How long to wait for another apply [0s].",
)
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
    lock_timeout: timedelta,
    poll_interval: timedelta,
    output: str,
    **permissions: Unpack[PermissionOptions],
) -> None:
    """Carry out a plan: write, deploy, and prove that the services are healthy.

    With PLAN, an approved plan is rebuilt, found to be the same, and carried out. Without it, a plan for one
    unprotected environment is made, shown, and carried out when somebody says yes.
    """
    allowed = permissions_of(permissions)
    if plan_file is None:
        planning = Planning.begin(settings, environments, services, allow_outside=allow_outside)
        getting_ready = confirmed(planning, allowed, lock_timeout, auto_approve=auto_approve, quiet=output == "json")
    elif environments or services or auto_approve or allowed != Permissions():
        raise UsageError("a PLAN holds its own scope and permissions; give it alone, or make a new plan with them")
    else:
        getting_ready = approved(settings, plan_file, lock_timeout, allow_outside=allow_outside)
    with getting_ready as ready:
        if ready.prepared.plan.is_empty and output == "text":
            # Without a PLAN it was shown already.
            if plan_file is not None:
                settings.show(plan_text(ready.prepared.plan, settings.width, unverified=ready.prepared.unverified))
            summarise(lambda: plan_markdown(ready.prepared.plan, unverified=ready.prepared.unverified))
            return
        annotate(finding_annotations(ready.prepared.plan.checks))
        interruption = Interruption()
        with progress() as shown:
            result = asyncio.run(_carry_out(ready, poll_interval, interruption, shown))
    code = _exit_code(result)
    with _unread():
        settings.show(result_json(result) if output == "json" else result_text(result, settings.width))
        summarise(lambda: result_summary(result))
    context.exit(code)


def _exit_code(result: ApplyResult) -> int:
    if result.succeeded:
        return 0
    if result.interrupted:
        return INTERRUPTED
    return INCOMPLETE if any(service.changed_anything for service in result.services) else NOTHING_WRITTEN


@contextmanager
def _unread() -> Iterator[None]:
    """Show a result to a reader who may have gone away, without losing the exit code that goes with it."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _carry_out(
    ready: Ready, poll_interval: timedelta, interruption: Interruption, shown: Progress
) -> ApplyResult:
    """Carry the plan out; the first signal to stop finishes the write in flight and says what was done."""
    stop = interruption.attach()
    clock = ready.planning.clock
    applied_by = ready.planning.who
    recording = Recording.begin(
        ready.journal,
        ready.lease,
        ready.key,
        sealing_key(),
        ready.prepared.plan,
        applied_by=applied_by,
        approved_by=ready.approved_by,
    )
    settling = Settling(
        recording=recording,
        on_failure=ready.prepared.plan.permissions.on_failure,
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
            applied_by=applied_by,
            approved_by=ready.approved_by,
            stop=stop,
        )
