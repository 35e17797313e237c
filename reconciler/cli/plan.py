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
from reconciler.cli.runner import annotate, summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.store import journal
from reconciler.domain.provenance import UNEXPLAINED
from reconciler.planning.plan_file import dump_plan
from reconciler.report.plan_html import plan_html
from reconciler.report.plan_markdown import plan_markdown
from reconciler.report.plan_text import plan_text
from reconciler.report.sarif import plan_sarif
from reconciler.report.workflow_commands import finding_annotations

if TYPE_CHECKING:
    from reconciler.domain.plan import Plan
    from reconciler.domain.provenance import Explanation
    from reconciler.planning.steps import Prepared

CHANGES = 2


@click.command()
@common_options
@scope_options
@outside_option
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan file here.")
@permission_options
@format_option("text", "json", "markdown", "html", "sarif")
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
    with journal(settings) as known, progress() as shown:
        prepared, explanation = asyncio.run(planning.explained_plan(allowed, key, shown, known))
    present(settings, prepared, output, out, protected, explanation)
    if prepared.plan.summary.errors:
        context.exit(1)
    context.exit(0 if prepared.plan.is_empty or not detailed_exitcode else CHANGES)


def present(
    settings: Settings,
    prepared: Prepared,
    output: str,
    out: Path | None,
    protected: list[str],
    explanation: Explanation = UNEXPLAINED,
) -> None:
    """Show a plan that was just made, write its file where one is asked for, and say what comes next."""
    made = prepared.plan
    if out is not None:
        write_whole(out, dump_plan(made))
    match output:
        case "json":
            settings.show(dump_plan(made).rstrip())
        case "markdown":
            settings.show(plan_markdown(made, explanation, unverified=prepared.unverified))
        case "html":
            settings.show(plan_html(made, explanation, unverified=prepared.unverified))
        case "sarif":
            settings.show(plan_sarif(made))
        case _:
            settings.show(plan_text(made, settings.width, explanation, unverified=prepared.unverified))
    annotate(finding_annotations(made.checks))
    summarise(lambda: plan_markdown(made, explanation, unverified=prepared.unverified))
    if out is not None:
        settings.tell("\n" + _next_step(made, out, protected))


def _next_step(plan: Plan, out: Path, protected: list[str]) -> str:
    saved = f"Wrote {out}, digest {plan.digest[:12]}."
    if plan.summary.errors:
        return f"{saved} It cannot be applied while a check fails."
    if plan.is_empty:
        return saved
    if protected:
        names = " and ".join(protected)
        verb = "is" if len(protected) == 1 else "are"
        return f"{saved} {names} {verb} protected.\nNext: reconcile approve {out}"
    return f"{saved}\nNext: reconcile apply {out}"
