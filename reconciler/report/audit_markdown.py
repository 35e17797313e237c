"""An audit as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.audit_words import (
    alike,
    by_reason,
    scope_sentence,
    some,
    states_sentence,
    tables_of,
    verdict_sentence,
)
from reconciler.report.inline import count
from reconciler.report.markdown import code, name, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.domain.finding import Finding
    from reconciler.domain.matrix import Audit, CodeUse
    from reconciler.report.audit_words import Table

_NAMED = 10
"""Names of one kind that are told; the JSON has all."""


def audit_markdown(audit: Audit) -> str:
    """Return the audit's Markdown: what is wrong in full, what is as it should be by its names."""
    parts = [f"### {verdict_sentence(audit)}", f"{scope_sentence(audit)} {states_sentence(audit)}"]
    if audit.unread:
        rows = [[code(some(subjects, _NAMED)), code(reason)] for reason, subjects in by_reason(audit.unread).items()]
        parts += ["#### Not read", table(["what", "why"], rows)]
    if audit.findings:
        parts += ["#### Findings", _findings(alike(audit.findings))]
    if audit.comparisons:
        parts += [f"#### Compared with {code(audit.against or '')}", _findings(audit.comparisons)]
    if audit.code is not None:
        parts += ["#### Code", *_code(audit.code)]
    for each in tables_of(audit):
        parts += [*_matrix(each)]
    return "\n\n".join(parts)


def _findings(findings: Iterable[Finding]) -> str:
    rows = [
        [
            f"**{finding.severity}**",
            code(f"{finding.code} {finding.name}"),
            code(str(finding.address or "")),
            code(finding.message),
            code(finding.fix or ""),
            code(str(finding.location or "")),
        ]
        for finding in findings
    ]
    return table(["", "finding", "where", "what", "what to do", "line"], rows)


def _matrix(each: Table) -> Iterator[str]:
    yield f"#### {'Group ' if each.is_group else ''}{code(each.name)}"
    rows = [
        [code(row.key), *(f"**{cell.state}**" if cell else "-" for cell in row.cells)]
        for row in each.rows
        if not (row.is_settled or row.is_unread)
    ]
    if rows:
        yield table(["variable", *map(name, each.environments)], rows)
    unread = [row.key for row in each.rows if row.is_unread]
    if unread:
        yield f"Could not be read: {', '.join(map(code, unread))}"
    settled = [row.key for row in each.rows if row.is_settled]
    if settled:
        yield f"As it should be: {', '.join(map(code, settled))}"


def _code(use: CodeUse) -> Iterator[str]:
    yield f"{count(use.names, 'name')} read in {count(use.files, 'file')}."
    if use.undeclared:
        yield _findings(use.undeclared)
    if use.unread:
        yield f"Declared, not read by this code (a library may read it): {', '.join(map(code, use.unread))}"
    places = [f"{each.path}:{each.line}" for each in use.computed]
    if places:
        yield f"Not known, because the name is computed: {code(some(places, _NAMED))}"
    if use.unparsed:
        rows = [[code(str(each.path)), code(each.reason)] for each in use.unparsed[:_NAMED]]
        more = len(use.unparsed) - _NAMED
        yield table(["not understood", "why"], rows + ([[f"{more:,} more", ""]] if more > 0 else []))
