"""`reconcile show`: a plan file, as it would have been shown when it was made."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.files import read_whole
from reconciler.cli.options import format_option
from reconciler.cli.settings import Settings, common_options
from reconciler.planning.plan_file import dump_plan, load_plan
from reconciler.report.inline import inline
from reconciler.report.plan_html import plan_html
from reconciler.report.plan_markdown import plan_markdown
from reconciler.report.plan_text import plan_text
from reconciler.report.sarif import plan_sarif


@click.command()
@common_options
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@format_option("text", "json", "markdown", "html", "sarif")
def show(settings: Settings, plan_file: Path, output: str) -> None:
    """Show a plan file, having checked that it is what its digest says."""
    plan = load_plan(read_whole(plan_file, "plan file"), str(plan_file))
    match output:
        case "json":
            settings.show(dump_plan(plan).rstrip())
        case "markdown":
            settings.show(plan_markdown(plan))
        case "html":
            settings.show(plan_html(plan))
        case "sarif":
            settings.show(plan_sarif(plan))
        case _:
            settings.show(plan_text(plan, settings.width))
            made = f"Made by {plan.created_by} at {plan.created_at:%Y-%m-%d %H:%M} UTC, digest {plan.digest}."
            settings.show(f"\n{inline(made)}")
