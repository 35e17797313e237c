"""One past run as text for people: its writes, its deploys, and whether it can be rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from click import style

from reconciler.domain.journal import DeployState
from reconciler.planning.undoing import keeps_previous, written
from reconciler.report.change_text import COLOURS, FINGERPRINT_SHOWN, SYMBOLS, key_text
from reconciler.report.inline import count, inline
from reconciler.report.runs_text import UNFINISHED, unfinished_text, wrapped
from reconciler.workflows.history import WriteStanding, write_standing

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.address import Owner
    from reconciler.domain.journal import DeployRecord, StepRecord, UnattemptedWrite
    from reconciler.domain.value import Fingerprint
    from reconciler.workflows.history import PastRun

STANDING_WORDS = {
    WriteStanding.DONE: "done",
    WriteStanding.PERHAPS_DONE: "may have been done",
    WriteStanding.NOT_DONE: "not done",
    WriteStanding.NEVER_ATTEMPTED: "never attempted",
}


def run_text(run: PastRun, width: int = 80) -> str:
    """Return all that is known of one run; fingerprints, never values."""
    record, history = run.history.run, run.history
    owners: dict[Owner, str] = {deploy.owner: deploy.target_id for deploy in history.deploys}
    owners |= {write.address.owner: write.target_id for write in history.unattempted}
    owners |= {step.address.owner: step.target_id for step in history.steps}
    blocks = [
        _block(run, owner, target_id, width)
        for owner, target_id in sorted(owners.items(), key=lambda item: str(item[0]))
    ]
    what = record.kind if record.undoes is None else f"{record.kind} of run {record.undoes}"
    title = f"Run {record.id}: {what}, {record.result or UNFINISHED}"
    head = "\n".join([style(title, bold=True), *_facts(run, width)])
    return "\n\n".join([head, *blocks, _closing(run, width)])


def _facts(run: PastRun, width: int) -> list[str]:
    record = run.history.run
    approved = f", approved by {', '.join(record.approved_by)}" if record.approved_by else ""
    ended = f" to {_moment(record.finished_at)}" if record.finished_at else ""
    facts = [
        f"plan {record.plan_id}, digest {record.digest[:12]}, fingerprints under the key {record.key_id}",
        f"applied by {record.applied_by}{approved}",
        f"environments: {', '.join(record.environments)}",
        f"{_moment(record.started_at)}{ended}",
    ]
    lines = [line for fact in facts for line in wrapped(inline(fact), width, "  ")]
    return lines + (wrapped(unfinished_text(run), width, "  ") if record.is_unfinished else [])


def _block(run: PastRun, owner: Owner, target_id: str, width: int) -> str:
    """Return what the run did to one service or group: its writes, then its deploy."""
    steps = [step for step in run.history.steps if step.address.owner == owner]
    never = [write for write in run.history.unattempted if write.address.owner == owner]
    addresses = [*(step.address for step in steps), *(write.address for write in never)]
    keys = max((len(key_text(address)) for address in addresses), default=0)
    sides = max((len(_sides(step)) for step in steps), default=0)
    lines = [f"{style(inline(str(owner)), bold=True)}  ({inline(target_id)})"]
    for step in steps:
        lines += _step_lines(step, keys, sides, width)
    for write in never:
        lines.append(_write_line(write, keys, " " * sides, WriteStanding.NEVER_ATTEMPTED))
    for deploy in run.history.deploys:
        if deploy.owner == owner:
            lines += wrapped(f"> deploy: {inline(_deploy_words(deploy))}", width, "  ")
    return "\n".join(lines)


def _step_lines(step: StepRecord, keys: int, sides: int, width: int) -> list[str]:
    standing = write_standing(step)
    lines = [_write_line(step, keys, f"{_sides(step):<{sides}}", standing)]
    if step.detail is not None and standing is not WriteStanding.DONE:
        lines += wrapped(inline(step.detail), width)
    return lines


def _write_line(write: StepRecord | UnattemptedWrite, keys: int, sides: str, standing: WriteStanding) -> str:
    symbol = SYMBOLS[write.action]
    colour = COLOURS[symbol] if standing is WriteStanding.DONE else "bright_red"
    key = f"{key_text(write.address):<{keys}}"
    return f"  {style(symbol, fg=COLOURS[symbol])} {key}   {f'{sides}   ' if sides else ''}" + style(
        STANDING_WORDS[standing], fg=colour
    )


def _sides(step: StepRecord) -> str:
    if step.before is None:
        return f"= (secret {_short(step.after)})"
    if step.after is None:
        return f"= (secret {_short(step.before)}) before"
    return f"= (secret {_short(step.before)} -> {_short(step.after)})"


def _deploy_words(deploy: DeployRecord) -> str:
    """Say how far the deploy has come that brings the run's writes to life."""
    named = f"{deploy.deploy_id} " if deploy.deploy_id else ""
    detail = f": {deploy.detail}" if deploy.detail else ""
    match deploy.state:
        case DeployState.OWED:
            return f"owed, never asked for{detail}"
        case DeployState.REQUESTED:
            return f"{named}asked for, its end was not seen{detail}"
        case DeployState.SETTLED | DeployState.PROVEN:
            result = str(deploy.result or "").replace("_", " ")
            return f"{named}{result}{detail}"
        case _:
            assert_never(deploy.state)


def _closing(run: PastRun, width: int) -> str:
    """Say how many writes ended in which way, and whether what was there before can be brought back."""
    counts = [
        f"{count(number, 'write')} {STANDING_WORDS[standing]}"
        for standing in WriteStanding
        if (number := run.count(standing))
    ]
    lines = [f"{', '.join(counts) or 'No write at all'}."]
    if written(run.history):
        again = f"`reconcile rollback {run.history.run.id}` plans to bring it back."
        lines.append(
            f"What was there before is kept, encrypted: {again}"
            if keeps_previous(run.history)
            else "What was there before is not kept, so this run cannot be rolled back."
        )
    return "\n".join(line for text in lines for line in wrapped(text, width, ""))


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _short(fingerprint: Fingerprint | None) -> str:
    return inline((fingerprint or "")[:FINGERPRINT_SHOWN])
