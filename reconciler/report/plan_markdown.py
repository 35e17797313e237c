"""A plan as Markdown: what a step summary shows, and the parts that a pull request's comment is made of."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reconciler.domain.change import Action
from reconciler.domain.finding import Severity
from reconciler.domain.provenance import UNEXPLAINED
from reconciler.report.change_text import SYMBOLS, key_text, note_text, value_text
from reconciler.report.inline import count
from reconciler.report.markdown import code, details, fence, html_code, name, table
from reconciler.report.page import SUMMARY_LIMIT, Draft, Section, fitted
from reconciler.report.permissions import permission_flags
from reconciler.report.plan_text import services_of, title_line, unchanged_line, unverified_lines
from reconciler.report.provenance import Telling
from reconciler.report.reach_text import reach_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.domain.address import Owner
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.finding import Finding
    from reconciler.domain.plan import Plan, PlannedDeploy, Target
    from reconciler.domain.provenance import Explanation
    from reconciler.errors import Location

    Link = Callable[[Location], str | None]

IN_FILE = "`--format json` has all of it."


def no_link(_location: Location) -> str | None:
    """Return no address: the page is not shown beside the file."""
    return None


def plan_markdown(
    plan: Plan, explanation: Explanation = UNEXPLAINED, *, unverified: int | None = None, limit: int = SUMMARY_LIMIT
) -> str:
    """Return the plan's Markdown; every deletion and every failed check is in it, however few bytes `limit` allows.

    Raises `TooLongError` where those alone do not fit.
    """
    sections = plan_sections(plan, explanation, is_folded=False)
    drafts = (
        Draft(
            [f"### {verdict(plan)}", *plan_parts(plan, is_dense=is_dense)],
            sections,
            [
                *(empty_lines(plan, unverified)),
                f"{counts_line(plan)} Plan {code(plan.plan_id)}, digest {code(plan.digest[:12])}.",
            ],
        )
        for is_dense in (False, True)
    )
    return fitted(drafts, limit, IN_FILE).text


def plan_parts(plan: Plan, link: Link = no_link, *, is_dense: bool) -> list[str]:
    """Return what has to be seen whatever the room: kind, permissions, failed checks and deletions."""
    parts = [] if plan.run is None else [title_line(plan.run)]
    if flags := permission_flags(plan.permissions):
        parts.append(f"**Permissions:** {', '.join(name(flag) for flag in flags)}.")
    if errors := [check for check in plan.checks if check.severity is Severity.ERROR]:
        parts.append(f"**{count(len(errors), 'failed check')}**")
        parts.append(_check_lines(errors) if is_dense else check_table(errors, link))
    if deletions := [change for change in plan.changes if change.action is Action.DELETE]:
        parts.append(f"**{count(len(deletions), 'deletion')}**")
        notes = {} if is_dense else {change: note_text(change) for change in deletions}
        parts.append(deletion_lines(deletions, notes))
    return parts


def plan_sections(
    plan: Plan, explanation: Explanation = UNEXPLAINED, link: Link = no_link, *, is_folded: bool
) -> list[Section]:
    """Return what may be cut: warnings, deploys that are owed, and a table for each service that changes."""
    sections = []
    if warnings := [check for check in plan.checks if check.severity is Severity.WARNING]:
        body = check_table(warnings, link)
        head = count(len(warnings), "warning")
        sections.append(Section("warnings", str(len(warnings)), details(head, body) if is_folded else body))
    sections += change_sections(plan.targets, plan.pending, explanation, reach_notes(plan), is_folded=is_folded)
    if owed := [deploy for deploy in plan.deploys if deploy.owed_by is not None]:
        sections.append(Section("owed deploys", str(len(owed)), _owed_table(owed)))
    return sections


def empty_lines(plan: Plan, unverified: int | None) -> list[str]:
    """Say of a plan with nothing to do what nobody knows all the same."""
    if not plan.is_empty:
        return []
    return unverified_lines(services_of(plan.targets) if unverified is None else unverified)


def counts_line(plan: Plan) -> str:
    """Say what is left as it is."""
    return f"{plan.summary.unchanged:,} unchanged, {plan.summary.undeclared:,} undeclared left alone."


def check_table(checks: Sequence[Finding], link: Link = no_link) -> str:
    """Return every check as a row; its line is a link where there is an address for it."""
    rows = [
        [
            f"**{check.severity}**",
            f"{check.code} {check.name}",
            name(str(check.address)) if check.address else "",
            code(check.message) + (f"<br>{code(check.fix)}" if check.fix else ""),
            _linked(check.location, link),
        ]
        for check in checks
    ]
    return table(["", "check", "where", "what", "line"], rows)


def change_sections(
    targets: Sequence[Target],
    pending: Sequence[ResourceChange],
    explanation: Explanation = UNEXPLAINED,
    notes: Mapping[Owner, str] | None = None,
    *,
    is_folded: bool = False,
) -> list[Section]:
    """Return a section for each owner that something changes of, and `notes` below; times are times of day here."""
    telling = Telling(explanation)
    changes: dict[Owner, list[ResourceChange]] = defaultdict(list)
    for change in pending:
        changes[change.address.owner].append(change)
    return [
        _section(target, changes[target.owner], telling, (notes or {}).get(target.owner), is_folded=is_folded)
        for target in targets
        if target.owner in changes
    ]


def deletion_lines(deletions: Sequence[ResourceChange], notes: Mapping[ResourceChange, str]) -> str:
    """Return deletions, all of them and each whole, in as little room as `notes` leaves: below their owners."""
    lines: list[str] = []
    owner: Owner | None = None
    for change in deletions:
        if change.address.owner != owner:
            owner = change.address.owner
            lines.append(f"{owner}:")
        note = notes.get(change)
        lines.append(f"- {key_text(change.address)}{f'   ({note})' if note else ''}")
    return fence(lines, "diff", is_names=True)


def verdict(plan: Plan) -> str:
    """Sum the plan up in a line."""
    summary = plan.summary
    errors = f"{count(summary.errors, 'check error')}. " if summary.errors else ""
    if plan.is_empty:
        return errors + ("" if summary.errors else unchanged_line(plan))
    deploys = f" {count(len(plan.deploys), 'deploy')}." if plan.deploys else ""
    totals = f"Plan: {summary.add:,} to add, {summary.change:,} to change, {summary.destroy:,} to destroy."
    return f"{errors}{totals}{deploys}"


def _linked(location: Location | None, link: Link) -> str:
    if location is None:
        return ""
    address = link(location)
    return code(str(location)) if address is None else f"[{code(str(location))}]({address})"


def _check_lines(checks: Sequence[Finding]) -> str:
    """Return failed checks, all of them, with what is wrong and where, in little room."""
    return fence(f"{check.code} {check.address or ''} {check.location or ''}: {check.message}" for check in checks)


def _owed_table(owed: Sequence[PlannedDeploy]) -> str:
    rows = [[name(str(deploy.owner)), f"the values of run {deploy.owed_by} are set and wait for it"] for deploy in owed]
    return table(["deploy", "why"], rows)


def _section(
    target: Target, changes: list[ResourceChange], telling: Telling, note: str | None, *, is_folded: bool
) -> Section:
    rows = [
        [
            code(SYMBOLS[change.action]),
            name(key_text(change.address) if is_folded else str(change.address)),
            code(value_text(change).removeprefix("= ")),
            code(note_text(change, telling)),
        ]
        for change in changes
    ]
    below = [code(text) for text in (telling.below(target.owner), note) if text]
    body = "\n\n".join([table(["", "key" if is_folded else "address", "value", "source"], rows), *below])
    counts = " ".join(
        f"{SYMBOLS[action]}{number}"
        for action in (Action.CREATE, Action.UPDATE, Action.DELETE)
        if (number := sum(change.action is action for change in changes))
    )
    if is_folded:
        summary = f"<b>{html_code(str(target.owner))}</b> ({html_code(target.name)}, {html_code(target.id)}) {counts}"
        return Section(str(target.owner), counts, details(summary, body))
    heading = f"**{name(str(target.owner))}** ({code(target.name)}, {code(target.id)})"
    return Section(str(target.owner), counts, f"{heading}\n\n{body}")
