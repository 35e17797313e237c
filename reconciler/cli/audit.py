"""`reconcile audit`: is every value of every service what it should be; reads only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import click

from reconciler.cli.clock import SystemClock
from reconciler.cli.keys import api_keys
from reconciler.cli.options import Flag, format_option, outside_option, scope_options
from reconciler.cli.progress import progress
from reconciler.cli.render import connections
from reconciler.cli.runner import annotate, summarise
from reconciler.cli.settings import Settings, common_options
from reconciler.cli.stores import secret_stores
from reconciler.config import load
from reconciler.domain.matrix import Verdict
from reconciler.errors import UsageError
from reconciler.planning.scope import did_you_mean, scope_of
from reconciler.render_api import RenderReader, SeenValues
from reconciler.report.audit_text import audit_text
from reconciler.report.workflow_commands import finding_annotations
from reconciler.workflows.audit import AuditRequest, make_audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.matrix import Audit
    from reconciler.domain.value import Secret
    from reconciler.ports import LiveReader, Progress

INCOMPLETE, ERRORS = 1, 2


@click.command()
@common_options
@scope_options
@outside_option
@click.option("--against", cls=Flag, metavar="ENV", help="Compare with this environment, which works.")
@click.option(
    "--code",
    cls=Flag,
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Compare with what this source code reads; may be repeated.",
)
@format_option("text", "json", "markdown", "html", "sarif")
@click.pass_context
def audit(  # noqa: PLR0913 — one each option
    context: click.Context,
    settings: Settings,
    *,
    environments: tuple[str, ...],
    services: tuple[str, ...],
    allow_outside: bool,
    against: str | None,
    code: tuple[Path, ...],
    output: str,
) -> None:
    """Hold every value on Render against services.yaml and the rules; reads only."""
    request = _request(settings, environments, services, against, code)
    with progress() as shown:
        found = asyncio.run(_audit(settings, request, shown, allow_outside=allow_outside))
    _show(settings, found, output)
    annotate(finding_annotations(found.all_findings))
    summarise(lambda: _rendered(found, "markdown", settings))
    match found.verdict:
        case Verdict.INCOMPLETE:
            context.exit(INCOMPLETE)
        case Verdict.ERRORS:
            context.exit(ERRORS)
        case Verdict.WARNINGS | Verdict.OK:
            context.exit(0)
        case _:
            assert_never(found.verdict)


def _request(
    settings: Settings,
    environments: Sequence[str],
    services: Sequence[str],
    against: str | None,
    code: Sequence[Path],
) -> AuditRequest:
    """Check what was asked for before anybody is contacted, and read the source code."""
    desired = load(settings.file)
    scope = scope_of(desired, environments, services)
    if against is not None and against not in desired.environments:
        near = did_you_mean(against, desired.environments)
        raise UsageError(f"--against: no environment `{against}` in {settings.file}{near}")
    if against is not None and set(scope.environments) == {against}:
        raise UsageError(
            f"--against: there is nothing but {against} to compare with it", remedy="say which other one with -e"
        )
    found = None
    if code:
        from reconciler.source_code import scan  # noqa: PLC0415 — parsers, loaded where there is something to parse

        found = scan(code)
    return AuditRequest(desired, scope, SystemClock().now(), against, found)


async def _audit(settings: Settings, request: AuditRequest, shown: Progress, *, allow_outside: bool) -> Audit:
    desired = request.desired
    names = {*request.scope.environments, *([request.against] if request.against else [])}
    environments = {name: desired.environments[name] for name in sorted(names)}
    keys: dict[str, Secret] = {}
    reasons: dict[str, str] = {}
    for name, environment in environments.items():
        try:
            keys |= api_keys([environment])
        except UsageError as error:
            reasons[name] = error.message
    if not keys:
        api_keys(environments.values())
    stores = secret_stores(desired, settings.file.parent, allow_outside=allow_outside)
    reachable = {name: environment for name, environment in environments.items() if name in keys}
    async with connections(reachable, keys, settings, SystemClock(), shown, SeenValues()) as opened:
        readers: dict[str, LiveReader | str] = {name: RenderReader(connection) for name, connection in opened.items()}
        return await make_audit(request, readers | reasons, stores, shown)


def _show(settings: Settings, found: Audit, output: str) -> None:
    settings.show(_rendered(found, output, settings))


def _rendered(found: Audit, output: str, settings: Settings) -> str:
    match output:
        case "json":
            from reconciler.report.audit_json import audit_json  # noqa: PLC0415 — people need not wait for it

            return audit_json(found)
        case "markdown":
            from reconciler.report.audit_markdown import audit_markdown  # noqa: PLC0415 — the same

            return audit_markdown(found)
        case "html":
            from reconciler.report.audit_html import audit_html  # noqa: PLC0415 — the same

            return audit_html(found)
        case "sarif":
            from reconciler.report.sarif import audit_sarif  # noqa: PLC0415 — the same

            return audit_sarif(found)
        case _:
            return audit_text(found, settings.width)
