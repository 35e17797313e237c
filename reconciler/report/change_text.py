"""Rows of changes, aligned: what a plan and a drift report say of each service."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from click import style

from reconciler.domain.address import Kind
from reconciler.domain.change import Action, Reason
from reconciler.domain.finding import Severity
from reconciler.domain.value import Hidden, KnownAfterApply, Shown
from reconciler.report.inline import LONGEST, inline
from reconciler.report.provenance import SILENT, Telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.address import Address, Owner
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.plan import PlannedDeploy, Target
    from reconciler.domain.value import Side

SYMBOLS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-", Action.NO_OP: " "}
COLOURS = {"+": "green", "~": "yellow", "-": "red", "!": "bright_red", ">": "cyan", " ": None}
EXTERNAL_MISSING = "RC002"
INDENT = " " * 6
FINGERPRINT_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a symbol, a key, what happens to its value, and where that comes from."""

    symbol: str
    key: str
    value: str
    note: str = ""
    below: tuple[str, ...] = ()


def service_blocks(
    targets: Sequence[Target],
    pending: Sequence[ResourceChange],
    checks: Sequence[Finding],
    width: int,
    deploys: Sequence[PlannedDeploy] = (),
    telling: Telling = SILENT,
) -> list[str]:
    """Return a block of rows for each service with something to say, then what stands for itself."""
    blocks = []
    for target in targets:
        changes = [change for change in pending if change.address.owner == target.owner]
        errors = [
            check
            for check in checks
            if check.severity is Severity.ERROR and check.address is not None and check.address.owner == target.owner
        ]
        owed = [deploy for deploy in deploys if deploy.owner == target.owner and deploy.owed_by is not None]
        if changes or errors or owed:
            blocks.append(_block(target, changes, errors, owed, width, telling))
    loose = [check for check in checks if check.severity is Severity.WARNING or check.address is None]
    return [*blocks, "\n".join(finding_lines(loose, width))] if loose else blocks


def finding_lines(findings: Sequence[Finding], width: int) -> list[str]:
    """Return findings that stand for themselves, each with its place and what to do about it."""
    lines = []
    for finding in findings:
        colour = "bright_red" if finding.severity is Severity.ERROR else "yellow"
        subject = f"{finding.address}: " if finding.address else ""
        message = f"{subject}{finding.message} ({finding.code} {finding.name})"
        wrapped = textwrap.wrap(inline(message), width - 4, break_long_words=False, break_on_hyphens=False)
        lines.append(style("  ! ", fg=colour) + f"\n{' ' * 4}".join(wrapped))
        if finding.location:
            lines.append(f"{INDENT}{inline(str(finding.location))}")
        if finding.fix:
            lines.extend(_wrapped(inline(finding.fix), width))
    return lines


def value_text(change: ResourceChange) -> str:
    """Say what happens to the value: itself where it is no secret, else by its fingerprint."""
    match change.action:
        case Action.CREATE | Action.NO_OP:
            return f"= {_side(change.after)}" if change.after is not None else ""
        case Action.UPDATE:
            if isinstance(change.before, Hidden) and isinstance(change.after, Hidden):
                return f"= (secret {_short(change.before)} -> {_short(change.after)})"
            return f"= {_side(change.before)} -> {_side(change.after)}"
        case Action.DELETE:
            return ""
        case _:
            assert_never(change.action)


def note_text(change: ResourceChange, telling: Telling = SILENT) -> str:
    """Say where the difference comes from; else where the new value does, or why the old one goes."""
    if beside := telling.beside(change):
        return beside
    match change.reason:
        case Reason.ABSENT:
            return "declared absent"
        case Reason.PRUNED:
            return "undeclared, and the service is pruned"
        case _:
            return "" if change.source in {None, "literal"} else inline(str(change.source))


def key_text(address: Address) -> str:
    """Return what a row calls its address within the service's block."""
    prefix = {Kind.ENV_VAR: "", Kind.SECRET_FILE: "files/", Kind.ENV_GROUP_LINK: "groups/"}[address.kind]
    return prefix + inline(address.key)


def heading(owner: Owner, name: str, target_id: str, width: int) -> str:
    """Return the line above a service's rows: its address, and what it is on Render."""
    shown, on_render = inline(str(owner)), f"({inline(name)}, {inline(target_id)})"
    between = "  " if len(f"{shown}  {on_render}") <= width else f"\n{INDENT}"
    return style(shown, bold=True) + between + on_render


def _block(
    target: Target,
    changes: list[ResourceChange],
    errors: list[Finding],
    owed: list[PlannedDeploy],
    width: int,
    telling: Telling,
) -> str:
    order = [Action.CREATE, Action.UPDATE, Action.DELETE]
    changes = sorted(changes, key=lambda change: (order.index(change.action), change.address.sort_key))
    rows = [
        Row(SYMBOLS[change.action], key_text(change.address), value_text(change), note_text(change, telling))
        for change in changes
    ]
    rows += [_finding_row(error) for error in errors]
    rows += [
        Row(">", "deploy", "", f"owed: the values of run {deploy.owed_by} are set and wait for it") for deploy in owed
    ]
    below = telling.below(target.owner)
    closing = _wrapped(below, width) if below else []
    return "\n".join([heading(target.owner, target.name, target.id, width), *_laid_out(rows, width), *closing])


def _finding_row(finding: Finding) -> Row:
    address = finding.address
    message = finding.message if finding.code == EXTERNAL_MISSING else f"{finding.message} ({finding.code})"
    # What an external variable needs is in its message; every other check says how to mend what it found.
    fix = None if finding.code == EXTERNAL_MISSING else finding.fix
    below = tuple(inline(text) for text in (finding.location and str(finding.location), fix) if text)
    return Row("!", key_text(address) if address else "", inline(message), below=below)


def _laid_out(rows: Sequence[Row], width: int) -> list[str]:
    """Align keys, values and notes; what does not fit beside its key goes below it."""
    # A longer key is shown whole all the same; it only does not push every other row aside.
    keys = max((len(row.key) for row in rows if len(row.key) <= LONGEST), default=0)
    values = max((len(row.value) for row in rows if row.symbol != "!"), default=0)
    lines = []
    for row in rows:
        symbol = style(row.symbol, fg=COLOURS[row.symbol])
        line, size = f"  {symbol} {row.key:<{keys}}", 4 + max(keys, len(row.key))
        for text, column in ((row.value, values), (row.note, 0)):
            if not text and column:
                line, size = line + " " * (3 + column), size + 3 + column
            elif text and size + 3 + len(text) <= width:
                line, size = f"{line}   {text:<{column}}", size + 3 + max(len(text), column)
            elif text:
                lines.append(line.rstrip())
                *full, line = _wrapped(text, width)
                lines.extend(full)
                size = width
        lines.append(line.rstrip())
        for text in row.below:
            lines.extend(_wrapped(text, width))
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=INDENT, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
    ) or [INDENT]


def _side(side: Side | None) -> str:
    match side:
        case None:
            return "(nothing)"
        case Shown(value):
            return inline(value, LONGEST)
        case Hidden():
            return f"(secret {_short(side)})"
        case KnownAfterApply():
            return "(known after apply)"
        case _:
            assert_never(side)


def _short(side: Hidden) -> str:
    return inline(side.fingerprint[:FINGERPRINT_SHOWN])
