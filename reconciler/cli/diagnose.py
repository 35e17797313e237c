"""`reconcile diagnose`: why a service does not work, with the evidence, the fix and the command that plans it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.duration import Duration
from reconciler.cli.files import write_whole
from reconciler.cli.options import Flag, format_option, outside_option
from reconciler.cli.planning import Planning
from reconciler.cli.progress import progress
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.store import journal
from reconciler.cli.stores import secret_stores
from reconciler.domain.address import Owner
from reconciler.errors import UsageError
from reconciler.health import HttpProbe
from reconciler.render_api import RenderReader
from reconciler.render_api.scrubber import scrubbed
from reconciler.report.diagnosis_json import diagnosis_json
from reconciler.report.diagnosis_text import diagnosis_text
from reconciler.report.incident_html import incident_html
from reconciler.report.incident_markdown import incident_markdown
from reconciler.workflows.diagnose import diagnose as diagnosed
from reconciler.workflows.gathering import Question, Tools

if TYPE_CHECKING:
    from datetime import timedelta

    from reconciler.domain.diagnosis import Diagnosis
    from reconciler.ports import JournalReader, Progress

INCOMPLETE = 1
PAGES = {".md": incident_markdown, ".markdown": incident_markdown, ".html": incident_html, ".htm": incident_html}
"""What writes an incident report, by the file's suffix."""


@click.command()
@common_options
@click.argument("service")
@click.option("-e", "--env", "environment", cls=Flag, required=True, metavar="ENV", help="The environment.")
@click.option("--against", cls=Flag, metavar="ENV", help="Compare with this environment, which works.")
@click.option(
    "--report",
    "page",
    cls=Flag,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the incident report here: .md or .html.",
)
@click.option(
    "--patience", cls=Flag, type=Duration(), default="45s", help="How long a rate limit may hold the logs back [45s]."
)
@outside_option
@format_option("text", "json")
@click.pass_context
def diagnose(  # noqa: PLR0913 — one each option
    context: click.Context,
    settings: Settings,
    *,
    service: str,
    environment: str,
    against: str | None,
    page: Path | None,
    patience: timedelta,
    allow_outside: bool,
    output: str,
) -> None:
    """Say why SERVICE does not work, as far as that can be told; reads only."""
    if page is not None and page.suffix.lower() not in PAGES:
        raise UsageError(f"{page} ends in neither .md nor .html", remedy="the suffix says which report is written")
    if against == environment:
        raise UsageError(f"{environment} cannot be compared with itself", remedy="name another one with --against")
    environments = [environment, *([against] if against else [])]
    planning = Planning.begin(settings, environments, [service], allow_outside=allow_outside)
    question = Question(planning.desired, Owner(environment, service=service), against)
    for owner in filter(None, (question.owner, question.neighbour)):
        if owner not in planning.desired.services:
            raise UsageError(f"service `{service}` is not declared in {owner.environment}")
    with journal(settings) as known, progress() as shown:
        found = asyncio.run(_diagnosed(planning, question, known, shown, patience.total_seconds()))
    settings.show(diagnosis_json(found) if output == "json" else diagnosis_text(found, settings.width))
    if page is not None:
        write_whole(page, PAGES[page.suffix.lower()](found))
        settings.tell(f"Wrote {page}.")
    context.exit(0 if found.is_complete else INCOMPLETE)


async def _diagnosed(
    planning: Planning, question: Question, known: JournalReader | None, shown: Progress, patience: float
) -> Diagnosis:
    """Read over connections of its own that can only read."""
    async with planning.connect(shown) as opened:
        tools = Tools(
            readers={name: RenderReader(connection) for name, connection in opened.items()},
            resolver=secret_stores(
                planning.desired, planning.settings.file.parent, allow_outside=planning.allow_outside
            ),
            probe=HttpProbe(),
            journal=known,
            scrub=lambda text: scrubbed(text, planning.seen),
            remember=planning.seen.add_nameless,
            progress=shown,
            now=planning.clock.now(),
            patience=patience,
        )
        return await diagnosed(question, tools)
