"""What an apply did, as text for people: each service's writes, deploy and health, then one line that sums it up."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from click import style

from reconciler.domain.change import Action
from reconciler.domain.outcome import DeployResult, HealthResult, StepStatus
from reconciler.report.change_text import COLOURS, INDENT, SYMBOLS, heading, key_text
from reconciler.report.inline import count, inline

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from reconciler.domain.address import Owner
    from reconciler.domain.outcome import ApplyResult, HealthOutcome, ServiceOutcome, StepOutcome

STEP_WORDS = {
    StepStatus.DONE: "done",
    StepStatus.CONFLICT: "conflict",
    StepStatus.FAILED: "failed",
    StepStatus.UNKNOWN: "not known whether it was done",
    StepStatus.NOT_ATTEMPTED: "not attempted",
}


def result_text(result: ApplyResult, width: int = 80) -> str:
    """Return the result's text, styled for a terminal."""
    blocks = []
    for service in result.services:
        blocks.append(_block(service, width))
        if service.restored is not None:
            blocks.append(_block(service.restored, width, "previous values of "))
    return "\n\n".join([*blocks, "\n".join(_closing(result))])


def _block(service: ServiceOutcome, width: int, what: str = "") -> str:
    keys = max((len(key_text(step.address)) for step in service.steps), default=0)
    lines = [style(what, bold=True) + heading(service.owner, service.target_name, service.target_id, width - len(what))]
    for step in service.steps:
        lines += _step_lines(step, keys, width)
    if service.verification is not None:
        lines += _said(f"not verified: {service.verification}", width, good=False)
    elif service.steps and all(step.status is StepStatus.DONE for step in service.steps):
        lines += _said("read once more: every declared value is as planned", width, good=True)
    good, words = deploy_words(service)
    lines += _said(words, width, good=good) if words else []
    good, words = health_words(service.health)
    return "\n".join(lines + (_said(words, width, good=good) if words else []))


def _step_lines(step: StepOutcome, keys: int, width: int) -> list[str]:
    symbol = SYMBOLS[step.action]
    colour = COLOURS[symbol] if step.status is StepStatus.DONE else "bright_red"
    line = f"  {style(symbol, fg=COLOURS[symbol])} {key_text(step.address):<{keys}}   "
    lines = [line + style(STEP_WORDS[step.status], fg=colour)]
    return lines + (_wrapped(inline(step.detail, None), width) if step.detail else [])


def deploy_words(service: ServiceOutcome) -> tuple[bool, str]:
    """Say how the deploy went, and whether that is as it should be; nothing where there is nothing to say."""
    deploy = service.deploy
    name = f"deploy {deploy.deploy_id}" if deploy.deploy_id else "deploy"
    detail = f": {inline(deploy.detail, None)}" if deploy.detail else ""
    match deploy.result:
        case DeployResult.LIVE:
            return True, f"{name} is live, after {deploy.seconds} s{detail}"
        case DeployResult.LIVE_BY_ANOTHER:
            return True, f"{name} is live{detail}"
        case DeployResult.PENDING:
            return True, "not deployed: the values wait for the next deploy"
        case DeployResult.NOT_REQUESTED:
            words = "nothing of what was written is there any more" if service.wrote_anything else "nothing was written"
            words = "what was written waits for the next deploy" if service.may_hold_values else words
            return False, f"not deployed: {words}" + (f" ({inline(deploy.detail, None)})" if deploy.detail else "")
        case DeployResult.FAILED | DeployResult.CANCELED:
            return False, f"{name} ended as {deploy.status}{detail}"
        case DeployResult.TIMED_OUT | DeployResult.UNKNOWN:
            return False, f"{name} is not known to be live{detail}"
        case DeployResult.NOT_NEEDED:
            return True, ""


def health_words(health: HealthOutcome) -> tuple[bool, str]:
    """Say what was seen of the health, and whether that is as it should be; nothing where there is nothing to say."""
    detail = f": {inline(health.detail, None)}" if health.detail else ""
    match health.result:
        case HealthResult.HEALTHY:
            return True, f"healthy{detail}"
        case HealthResult.UNHEALTHY:
            return False, f"not healthy{detail}"
        case HealthResult.UNKNOWN:
            return False, f"health is not known{detail}"
        case HealthResult.NOT_DECLARED:
            return True, "health was not checked: services.yaml declares no `health`"
        case HealthResult.NOT_CHECKED:
            return True, f"health was not checked{detail}" if detail else ""


def totals_line(result: ApplyResult) -> str:
    """Say how many variables were written, and whether that was all."""
    done = [step.action for service in result.services for step in service.steps if step.status is StepStatus.DONE]
    added, changed, destroyed = (done.count(action) for action in (Action.CREATE, Action.UPDATE, Action.DELETE))
    verdict = "Apply complete!" if result.succeeded else "Apply incomplete."
    verdict = "Apply interrupted." if result.interrupted else verdict
    return f"{verdict} Variables: {added:,} added, {changed:,} changed, {destroyed:,} destroyed."


def remaining_lines(result: ApplyResult) -> list[str]:
    """Say what did not end as planned, and what is still to be done."""
    if result.succeeded:
        pending = [str(one.owner) for one in result.services if one.deploy.result is DeployResult.PENDING]
        return [f"Set, and waiting for a deploy: {', '.join(pending)}."] if pending else []
    steps = [step for service in result.services for step in service.steps]
    failed = [str(service.owner) for service in result.services if not service.succeeded]
    unknown = sum(step.status is StepStatus.UNKNOWN for step in steps)
    left = sum(step.status is not StepStatus.DONE for step in steps) - unknown
    remains = [f"Not as planned: {', '.join(failed)}."] if failed else []
    remains += [f"{count(unknown, 'write')} may have been done or not."] if unknown else []
    remains += [f"{count(left, 'write')} not done."] if left else []
    remains += [_restored(service.owner, service.restored) for service in result.services if service.restored]
    remains += [_not_restored(service) for service in result.services if service.not_restored]
    remains += ["A new plan shows what remains to be written."] if unknown or left else []
    written = {service.owner for service in result.services if service.may_hold_values}
    owed = [str(service.owner) for service in result.services if _owes_a_deploy(service, written)]
    if owed:
        remains.append(f"Written, but not known to be running: {', '.join(owed)}.")
        remains.append("The next plan shows it, and deploys what still waits.")
    return remains + [f"Not noted in the journal: {inline(trouble, None)}" for trouble in result.trouble]


def _closing(result: ApplyResult) -> list[str]:
    approved = [f"Approved by {', '.join(result.approved_by)}."] if result.approved_by else []
    verdict = style(totals_line(result), fg="green" if result.succeeded else "bright_red", bold=True)
    if result.succeeded:
        return [*approved, *remaining_lines(result), verdict]
    return [*approved, verdict, *remaining_lines(result)]


def _restored(owner: Owner, restored: ServiceOutcome) -> str:
    if not restored.steps:
        return f"{owner}: nothing could be put back: what was written is generated, destructive to rotate, or a link."
    verdict = "were put back, and work" if restored.succeeded else "could not all be put back and proven"
    return f"{owner}: the previous values {verdict}."


def _not_restored(service: ServiceOutcome) -> str:
    groups = ", ".join(str(owner) for owner in service.not_restored)
    return f"{service.owner}: the new values of {groups} stay; only a service's own are put back."


def _owes_a_deploy(service: ServiceOutcome, written: AbstractSet[Owner]) -> bool:
    """Whether values were written, to it or to a group of its, that no deploy is known to have taken up."""
    if service.restored is not None:
        return _owes_a_deploy(service.restored, written)
    settled = {DeployResult.LIVE, DeployResult.LIVE_BY_ANOTHER, DeployResult.PENDING, DeployResult.NOT_NEEDED}
    return not written.isdisjoint({service.owner, *service.reached_by}) and service.deploy.result not in settled


def _said(text: str, width: int, *, good: bool) -> list[str]:
    first, *rest = textwrap.wrap(text, width - 4, break_long_words=False, break_on_hyphens=False)
    symbol = style("=", fg="green") if good else style("!", fg="bright_red")
    return [f"  {symbol} {first}", *(f"    {line}" for line in rest)]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT, break_long_words=False)
