"""`reconcile history`: what was applied, by whom, and what came of it, as the journal knows it."""

from __future__ import annotations

import click

from reconciler.cli.options import format_option
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.store import journal
from reconciler.report.history_json import run_json, runs_json
from reconciler.report.run_text import run_text
from reconciler.report.runs_text import runs_text
from reconciler.workflows.history import past_run, past_runs


@click.command()
@common_options
@click.argument("run_id", metavar="[RUN]", required=False, type=click.IntRange(1))
@click.option("--limit", type=click.IntRange(1, 1000), default=20, metavar="N", help="The last N runs [20].")
@format_option("text", "json")
def history(settings: Settings, *, run_id: int | None, limit: int, output: str) -> None:
    """List the last applies, or tell all about one: from the journal, asking nothing of Render."""
    with journal(settings) as known:
        if run_id is None:
            runs = past_runs(known, limit)
            settings.show(runs_json(runs) if output == "json" else runs_text(runs, settings.width))
        else:
            run = past_run(known, run_id)
            settings.show(run_json(run) if output == "json" else run_text(run, settings.width))
