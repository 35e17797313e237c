"""What every report of an audit for people says in the same words, and its matrix laid out by service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.finding import Severity
from reconciler.domain.matrix import SOUND, State, Verdict
from reconciler.report.inline import count, inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.domain.finding import Finding
    from reconciler.domain.matrix import Audit, Cell, Unread

MEANINGS = {
    State.MISSING: "declared, and not on Render",
    State.WRONG: "there, and it cannot be right",
    State.DIFFERS: "not what services.yaml declares",
    State.SAME: "a secret that another environment has too",
    State.UNREADABLE: "it could not be read or compared",
    State.UNDECLARED: "there, and services.yaml does not declare it",
    State.SET: "as it should be",
    State.ABSENT: "declared absent, and not there",
}
"""What each state means, in the order of their weight."""


@dataclass(frozen=True, slots=True)
class Row:
    """One key of a service or group, and its cell in each of the table's environments; `None` where it is not due."""

    key: str
    """As people are shown it, secret files and links with what they are."""
    cells: tuple[Cell | None, ...]

    @property
    def is_settled(self) -> bool:
        """Whether nothing is to be said of it: set or absent, wherever it is due."""
        return all(cell is None or (cell.state in SOUND and cell.state is not State.UNDECLARED) for cell in self.cells)

    @property
    def is_unread(self) -> bool:
        """Whether nothing of it could be read anywhere."""
        return all(cell is None or cell.state is State.UNREADABLE for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """The matrix of one service or group."""

    name: str
    is_group: bool
    environments: tuple[str, ...]
    rows: tuple[Row, ...]


def tables_of(audit: Audit) -> list[Table]:
    """Return the matrix, a table for each service and then for each group, by name."""
    places: dict[tuple[bool, str], list[str]] = {}
    for owner in audit.owners:
        places.setdefault((owner.service is None, owner.name), []).append(owner.environment)
    keys: dict[tuple[bool, str], dict[tuple[Kind, str], dict[str, Cell]]] = {place: {} for place in places}
    for cell in audit.cells:
        owner = cell.address.owner
        row = keys[owner.service is None, owner.name].setdefault((cell.address.kind, cell.address.key), {})
        row[owner.environment] = cell
    tables = []
    for place in sorted(places):
        environments = tuple(sorted(places[place]))
        rows = [
            Row(_key(kind, key), tuple(cells.get(name) for name in environments))
            for (kind, key), cells in sorted(keys[place].items(), key=lambda item: (_RANKS[item[0][0]], item[0][1]))
        ]
        tables.append(Table(place[1], place[0], environments, tuple(rows)))
    return tables


_RANKS = {Kind.ENV_VAR: 0, Kind.SECRET_FILE: 1, Kind.ENV_GROUP_LINK: 2}


def _key(kind: Kind, key: str) -> str:
    return {Kind.ENV_VAR: "", Kind.SECRET_FILE: "files/", Kind.ENV_GROUP_LINK: "groups/"}[kind] + inline(key)


def alike(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with those that one line of the file makes in several places told once, with a count."""
    found: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((str(finding.location), finding.code, finding.message), []).append(finding)
    return [
        same[0] if len(same) == 1 else replace(same[0], message=f"{same[0].message} (and at {len(same) - 1:,} more)")
        for same in found.values()
    ]


def by_reason(unread: Iterable[Unread]) -> dict[str, list[str]]:
    """Return what could not be read by why."""
    found: dict[str, list[str]] = {}
    for each in unread:
        found.setdefault(each.reason, []).append(each.subject)
    return found


def verdict_sentence(audit: Audit) -> str:
    """Say in one sentence what the audit comes to."""
    errors, warnings = severities(audit)
    found = f"{count(errors, 'error')}, {count(warnings, 'warning')}"
    match audit.verdict:
        case Verdict.INCOMPLETE:
            return f"Incomplete: {count(audit.unseen, 'thing')} could not be read or checked. {found}."
        case Verdict.ERRORS | Verdict.WARNINGS:
            return f"Audit: {found}."
        case Verdict.OK:
            return "Audit: everything is as it should be."


def severities(audit: Audit) -> tuple[int, int]:
    """Return how many findings are errors, and how many warnings."""
    findings = audit.all_findings
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return errors, len(findings) - errors


def scope_sentence(audit: Audit) -> str:
    """Say what was audited."""
    services = len({owner.name for owner in audit.owners if owner.service})
    groups = len({owner.name for owner in audit.owners if owner.group})
    also = f" and {count(groups, 'env group')}" if groups else ""
    return f"{count(services, 'service')}{also} in {count(len(audit.scope.environments), 'environment')}."


def states_sentence(audit: Audit) -> str:
    """Count the cells by their states."""
    counts = audit.counts()
    return f"{', '.join(f'{number:,} {state}' for state, number in counts.items())}." if counts else "No variables."


def some(names: Sequence[str], shown: int) -> str:
    """Return some names, and how many more there are."""
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return f"{', '.join(inline(name) for name in names[:shown])}{more}"
