"""The audit's matrix: what every variable of every service and environment is found to be; it holds no value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.finding import Finding
    from reconciler.domain.plan import Scope
    from reconciler.domain.source_use import Unparsed, Use
    from reconciler.errors import Location


class State(StrEnum):
    """What one address is found to be; where several hold, the first one of these that does."""

    MISSING = "missing"
    """Declared, and not on Render."""
    WRONG = "wrong"
    """There, and a type or a rule says that it cannot be right."""
    DIFFERS = "differs"
    """There, and not what services.yaml declares; or declared absent, and there."""
    SAME = "same"
    """A secret that another environment has too, without `shared: true`."""
    UNREADABLE = "unreadable"
    """What is live, or what is declared, could not be read."""
    UNDECLARED = "undeclared"
    """There, and services.yaml does not say so."""
    SET = "set"
    """There, as it should be."""
    ABSENT = "absent"
    """Declared absent, and not there."""


SOUND = frozenset({State.SET, State.ABSENT, State.UNDECLARED})
"""States in which nothing has to be done; what is undeclared is left alone."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One address of the matrix."""

    address: Address
    state: State
    matches: bool | None = None
    """Whether what is live is what is declared; `None` where either is unknown, or nothing is declared."""
    location: Location | None = None
    """Where the file declares it; `None` for what it does not."""


class Verdict(StrEnum):
    """What an audit comes to; what was not seen is never good."""

    INCOMPLETE = "incomplete"
    """Not everything could be read, whatever else was found."""
    ERRORS = "errors"
    """Everything was read, and at least one finding is an error."""
    WARNINGS = "warnings"
    """Everything was read; findings or differences, none of them an error."""
    OK = "ok"
    """Everything was read, and everything is as it should be."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read or checked, and why."""

    subject: str
    """An address, an owner, an environment or a file."""
    reason: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class CodeUse:
    """What source code reads, held against the variables that are declared."""

    files: int
    names: int
    """Distinct names that the code reads."""
    undeclared: tuple[Finding, ...] = ()
    """One for each name that no contract declares."""
    unread: tuple[str, ...] = ()
    """Names that are declared and that the code does not read; a library may read them."""
    computed: tuple[Use, ...] = ()
    """Places that read a name which only running the code would tell."""
    unparsed: tuple[Unparsed, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found; `findings` are in the order of their weight, those of `code` not among them."""

    checked_at: datetime
    scope: Scope
    owners: tuple[Owner, ...]
    """The services and groups of the matrix, whether or not they could be read."""
    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...] = ()
    against: str | None = None
    """The environment that others were compared with."""
    comparisons: tuple[Finding, ...] = ()
    """What differs from that environment."""
    code: CodeUse | None = None
    file: str = "services.yaml"

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Every finding: of the values, of the comparison, of the code."""
        return (*self.findings, *self.comparisons, *(self.code.undeclared if self.code else ()))

    @property
    def unseen(self) -> int:
        """How many things could not be read or checked; parts of the code that were not understood included."""
        return len(self.unread) + (len(self.code.computed) + len(self.code.unparsed) if self.code else 0)

    @property
    def verdict(self) -> Verdict:
        """What all of it comes to."""
        if self.unseen or any(cell.state is State.UNREADABLE for cell in self.cells):
            return Verdict.INCOMPLETE
        findings = self.all_findings
        if any(finding.severity is Severity.ERROR for finding in findings):
            return Verdict.ERRORS
        if findings or any(cell.state not in SOUND for cell in self.cells):
            return Verdict.WARNINGS
        return Verdict.OK

    def counts(self) -> dict[State, int]:
        """Count the cells of each state, states that nothing is in left out."""
        found = dict.fromkeys(State, 0)
        for cell in self.cells:
            found[cell.state] += 1
        return {state: number for state, number in found.items() if number}
