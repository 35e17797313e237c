"""An audit as a page of HTML: one file that loads nothing, with filters where scripts run and all of it where not."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING

from reconciler.domain.matrix import State
from reconciler.report.audit_page import SCRIPT, STYLE
from reconciler.report.audit_words import (
    MEANINGS,
    by_reason,
    scope_sentence,
    some,
    states_sentence,
    tables_of,
    verdict_sentence,
)
from reconciler.report.inline import count, inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.domain.finding import Finding
    from reconciler.domain.matrix import Audit, Cell, CodeUse
    from reconciler.report.audit_words import Row, Table

_NAMED = 20
"""Names of one kind that are told; the JSON has all."""


def audit_html(audit: Audit) -> str:
    """Return the audit's page; every cell and every finding is in it, and no value."""
    title = f"Audit of {scope_sentence(audit).removesuffix('.')}"
    body = "\n".join(_body(audit, title))
    policy = f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n"
        f"<script>{SCRIPT}</script>\n</body>\n</html>"
    )


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _body(audit: Audit, title: str) -> Iterator[str]:
    tables = tables_of(audit)
    yield '<a class="skip" href="#matrix">Skip to the matrix</a>\n<header>'
    yield f"<h1>{_text(title)}</h1>"
    yield f'<p class="verdict {audit.verdict}"><strong>{_text(verdict_sentence(audit))}</strong></p>'
    yield f"<p>{_text(states_sentence(audit))}</p>\n</header>"
    yield from _filters(audit, tables)
    yield "<main>"
    if audit.unread:
        items = (
            _item("unreadable", "not read", _text(some(subjects, _NAMED)), [_text(reason)])
            for reason, subjects in by_reason(audit.unread).items()
        )
        yield _section("unread", "Not read", _list(items))
    if audit.findings:
        yield _section("findings", "Findings", _list(map(_finding, audit.findings)))
    if audit.comparisons:
        heading = f"Compared with {inline(audit.against or '')}"
        yield _section("comparison", heading, _list(map(_finding, audit.comparisons)))
    yield _section("matrix", "Matrix", "\n".join(map(_matrix, tables)) or "<p>Nothing is declared.</p>")
    yield _section("meanings", "What the states mean", _meanings())
    if audit.code is not None:
        yield _section("code", "Code", "\n".join(_code(audit.code)))
    yield "</main>"
    yield f"<footer>Checked at {audit.checked_at:%Y-%m-%d %H:%M} UTC. No value is in this page.</footer>"


def _filters(audit: Audit, tables: Sequence[Table]) -> Iterator[str]:
    """Yield the form that the script shows; without the script nothing is hidden."""
    counts = audit.counts()
    environments = sorted({name for table in tables for name in table.environments})
    yield '<form id="filters" aria-label="Filters" hidden>'
    yield _boxes("environment", "Environments", [(name, inline(name)) for name in environments])
    yield _boxes("state", "States", [(state, f"{state} ({counts[state]:,})") for state in State if state in counts])
    options = "".join(f'<option value="{_text(_id(each))}">{_text(_id(each))}</option>' for each in tables)
    yield (
        '<div class="below"><label class="service"><span>Service</span>'
        f'<select name="service"><option value="">all</option>{options}</select></label>'
        '<button type="reset">Show all</button></div>\n</form>\n'
        # On paper, too, where the filters are not: what is hidden has to be known.
        '<p id="told" role="status" aria-live="polite"></p>'
    )


def _boxes(name: str, legend: str, choices: Iterable[tuple[str, str]]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="{name}" value="{_text(value)}" checked>{_text(shown)}</label>'
        for value, shown in choices
    )
    return f"<fieldset><legend>{legend}</legend>{boxes}</fieldset>"


def _id(table: Table) -> str:
    return f"groups/{table.name}" if table.is_group else table.name


def _matrix(table: Table) -> str:
    # Roles are said in full: a narrow layout shows rows as blocks, and browsers then forget that it is a table.
    heads = "".join(
        f'<th scope="col" role="columnheader" data-environment="{_text(name)}">{_text(name)}</th>'
        for name in table.environments
    )
    rows = "\n".join(_row(row, table.environments) for row in table.rows)
    return (
        f'<table role="table" data-service="{_text(_id(table))}"><caption>{_text(_id(table))}</caption>\n'
        f'<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">variable</th>{heads}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{rows}\n</tbody></table>'
    )


def _row(row: Row, environments: Sequence[str]) -> str:
    cells = "".join(_cell(cell, name) for cell, name in zip(row.cells, environments, strict=True))
    return f'<tr role="row"><th scope="row" role="rowheader"><code>{_text(row.key)}</code></th>{cells}</tr>'


def _cell(cell: Cell | None, environment: str) -> str:
    state = "" if cell is None else str(cell.state)
    shown = state or "not here"
    return (
        f'<td role="cell" class="{state or "none"}" data-state="{state}" data-environment="{_text(environment)}">'
        f"{shown}</td>"
    )


def _finding(finding: Finding) -> str:
    owner = finding.address.owner if finding.address else None
    lines = [_text(finding.message)]
    if finding.fix:
        lines.append(f'<span class="fix">{_text(finding.fix)}</span>')
    if finding.location:
        lines.append(f'<span class="place">{_code_text(str(finding.location))}</span>')
    where = "" if finding.address is None else f"{_code_text(str(finding.address))} "
    service = "" if owner is None else owner.service or f"groups/{owner.group}"
    return _item(
        finding.severity,
        finding.severity,
        f"{where}{_text(f'{finding.code} {finding.name}')}",
        lines,
        (owner.environment if owner else "", service),
    )


def _item(kind: str, word: str, title: str, lines: Sequence[str], place: tuple[str, str] | None = None) -> str:
    """Return one item of a list; `place` is the environment and the service that filters ask for."""
    data = f' data-environment="{_text(place[0])}" data-service="{_text(place[1])}"' if place else ""
    told = "".join(f"<p>{line}</p>" for line in lines)
    return f'<li class="{kind}"{data}><p><strong class="{kind}">{word}</strong> {title}</p>{told}</li>'


def _list(items: Iterable[str]) -> str:
    return "<ul>\n" + "\n".join(items) + "\n</ul>"


def _section(name: str, heading: str, content: str) -> str:
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n'
        f'<h2 id="{name}-title">{_text(heading)}</h2>\n{content}\n</section>'
    )


def _meanings() -> str:
    return "<dl>" + "".join(f'<dt class="{s}">{s}</dt><dd>{_text(said)}</dd>' for s, said in MEANINGS.items()) + "</dl>"


def _code(code: CodeUse) -> Iterator[str]:
    yield f"<p>{count(code.names, 'name')} read in {count(code.files, 'file')}.</p>"
    if code.undeclared:
        yield _list(map(_finding, code.undeclared))
    if code.unread:
        names = ", ".join(map(_code_text, code.unread))
        yield f"<p>Declared, not read by this code (a library may read it): {names}</p>"
    places = [f"{use.path}:{use.line}" for use in code.computed]
    items = [("the name is computed, so that only running the code tells it", some(places, _NAMED))] if places else []
    items += [(each.reason, str(each.path)) for each in code.unparsed[:_NAMED]]
    if len(code.unparsed) > _NAMED:
        items.append(("not understood either", f"{len(code.unparsed) - _NAMED:,} more files"))
    if items:
        yield _list(_item("unreadable", "not known", _text(where), [_text(reason)]) for reason, where in items)


def _text(text: str) -> str:
    return escape(inline(text))


def _code_text(text: str) -> str:
    return f"<code>{_text(text)}</code>"
