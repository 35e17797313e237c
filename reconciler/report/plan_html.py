"""A plan as a page of HTML: one file, nothing loaded from anywhere, no script; the same content as in Markdown."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.change_text import SYMBOLS, note_text, value_text
from reconciler.report.inline import inline
from reconciler.report.permissions import permission_flags
from reconciler.report.plan_text import services_of, title_line, unchanged_line, unverified_lines
from reconciler.report.provenance import Telling
from reconciler.report.reach_text import reach_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.plan import Plan, Target
    from reconciler.domain.provenance import Explanation

_STYLE = """\
:root { color-scheme: light dark; --ink: #1f2328; --page: #fff; --line: #d0d7de; --soft: #f6f8fa; --dim: #59636e;
  --add: #116329; --change: #7d4e00; --destroy: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --page: #0d1117; --line: #30363d; --soft: #161b22;
  --dim: #9198a1; --add: #56d364; --change: #e3b341; --destroy: #ff7b72; } }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: var(--ink); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--soft); } td { overflow-wrap: anywhere; }
code { font: .9em ui-monospace, monospace; white-space: pre-wrap; }
.add { color: var(--add); } .change { color: var(--change); } .destroy, .error { color: var(--destroy); }
.warning { color: var(--change); } .add, .change, .destroy, .error, .warning { font-weight: 600; }
footer { margin-top: 2rem; color: var(--dim); }
@media print { body { margin: 0; max-width: none; } }
"""
_CLASSES = {"+": "add", "~": "change", "-": "destroy", " ": "none"}


def plan_html(plan: Plan, explanation: Explanation = UNEXPLAINED, *, unverified: int | None = None) -> str:
    """Return the plan's page; every change and every check is in it."""
    title = _verdict(plan)
    body = "\n".join(_body(plan, title, explanation, unverified))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_text(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>"
    )


def _body(plan: Plan, title: str, explanation: Explanation, unverified: int | None) -> Iterator[str]:
    yield f"<h1>{_text(title)}</h1>"
    if plan.run is not None:
        yield f"<p>{_text(title_line(plan.run))}</p>"
    if flags := permission_flags(plan.permissions):
        yield f"<p><strong>Permissions:</strong> {', '.join(map(_code, flags))}</p>"
    if plan.checks:
        yield from _checks(plan.checks)
    telling, notes = Telling(explanation), reach_notes(plan)
    for target in plan.targets:
        changes = [change for change in plan.pending if change.address.owner == target.owner]
        if changes:
            yield from _changes(target, changes, telling)
            yield from (
                f"<p>{_text(note)}</p>" for note in (notes.get(target.owner), telling.below(target.owner)) if note
            )
    owed = [deploy for deploy in plan.deploys if deploy.owed_by is not None]
    if owed:
        yield "<h2>Deploys that are owed</h2>"
        rows = [
            [_code(str(deploy.owner)), f"the values of run {deploy.owed_by} are set and wait for it"] for deploy in owed
        ]
        yield _table(["deploy", "why"], rows)
    if plan.is_empty:
        count = services_of(plan.targets) if unverified is None else unverified
        yield from (f"<p>{_text(line)}</p>" for line in unverified_lines(count))
    summary = plan.summary
    yield (
        f"<footer>{summary.unchanged:,} unchanged, {summary.undeclared:,} undeclared left alone. "
        f"Plan {_code(plan.plan_id)}, digest {_code(plan.digest)}, made by {_code(plan.created_by)} "
        f"at {plan.created_at:%Y-%m-%d %H:%M} UTC.</footer>"
    )


def _verdict(plan: Plan) -> str:
    summary = plan.summary
    if plan.is_empty and not summary.errors:
        return unchanged_line(plan)
    totals = f"Plan: {summary.add:,} to add, {summary.change:,} to change, {summary.destroy:,} to destroy."
    errors = f" Checks that fail: {summary.errors:,}." if summary.errors else ""
    deploys = f" Deploys: {len(plan.deploys):,}." if plan.deploys else ""
    return f"{totals}{deploys}{errors}"


def _checks(checks: Sequence[Finding]) -> Iterator[str]:
    yield "<h2>Checks</h2>"
    rows = [
        [
            f'<span class="{"error" if check.severity is Severity.ERROR else "warning"}">{check.severity}</span>',
            _text(f"{check.code} {check.name}"),
            _code(str(check.address or "")),
            _text(check.message) + (f"<br>{_text(check.fix)}" if check.fix else ""),
            _code(str(check.location or "")),
        ]
        for check in checks
    ]
    yield _table(["", "check", "where", "what", "line"], rows)


def _changes(target: Target, changes: Sequence[ResourceChange], telling: Telling) -> Iterator[str]:
    yield f"<h2>{_text(str(target.owner))} ({_text(target.name)}, {_code(target.id)})</h2>"
    rows = [
        [
            f'<span class="{_CLASSES[SYMBOLS[change.action]]}">{SYMBOLS[change.action]} {change.action}</span>',
            _code(str(change.address)),
            _code(value_text(change).removeprefix("= ")),
            _text(note_text(change, telling)),
        ]
        for change in changes
    ]
    yield _table(["", "address", "value", "source"], rows)


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in heading)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _text(text: str) -> str:
    return escape(inline(text))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>" if text else ""
