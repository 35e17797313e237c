"""`reconcile plan`: what would be done, and the file that can be approved."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from reconciler.cli.files import write_whole
from reconciler.cli.options import (
    PermissionOptions,
    format_option,
    outside_option,
    permission_options,
    permissions_of,
    scope_options,
)
from reconciler.cli.planning import Planning
from reconciler.cli.policy import policy_of
from reconciler.cli.progress import progress
from reconciler.cli.settings import Settings, common_options
from reconciler.planning.plan_file import dump_plan
from reconciler.report.plan_markdown import plan_markdown
from reconciler.report.plan_text import plan_text

if TYPE_CHECKING:
    from reconciler.domain.plan import Plan

CHANGES = 2


@click.command()
@common_options
@scope_options
@outside_option
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan file here.")
@permission_options
@format_option("text", "json", "markdown")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@click.pass_context
def plan(  # noqa: PLR0913 — one each option
    context: click.Context,
    settings: Settings,
    *,
    environments: tuple[str, ...],
    services: tuple[str, ...],
    allow_outside: bool,
    out: Path | None,
    output: str,
    detailed_exitcode: bool,
    **permissions: Unpack[PermissionOptions],
) -> None:
    """Compare services.yaml with Render and say what would be done."""
    allowed = permissions_of(permissions)
    planning = Planning.begin(settings, environments, services, allow_outside=allow_outside)
    protected = policy_of(planning.desired, settings.file).protects(planning.scope.environments)
    key = planning.key(required=out is not None and bool(protected))
    with progress() as shown:
        made = asyncio.run(planning.read_only_plan(allowed, key, shown)).plan
    if out is not None:
        write_whole(out, dump_plan(made))
    match output:
        case "json":
            settings.show(dump_plan(made).rstrip())
        case "markdown":
            settings.show(plan_markdown(made))
        case _:
            settings.show(plan_text(made, settings.width))
    if out is not None:
        settings.tell("\n" + _next_step(made, out, protected))
    if made.summary.errors:
        context.exit(1)
    context.exit(CHANGES if detailed_exitcode and made.pending else 0)


def _next_step(plan: Plan, out: Path, protected: list[str]) -> str:
    saved = f"Wrote {out}, digest {plan.digest[:12]}."
    if plan.summary.errors:
        return f"{saved} It cannot be applied while a check fails."
    if not plan.pending:
        return saved
    if protected:
        names = " and ".join(protected)
        verb = "is" if len(protected) == 1 else "are"
        return f"{saved} {names} {verb} protected.\nNext: reconcile approve {out}"
    return f"{saved}\nNext: reconcile apply {out}"
