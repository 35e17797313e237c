"""Hypotheses about values beside others: another environment's, not as declared, not in effect, not linked."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconciler.diagnosis.kind import Kind, confidence, last_change, listed, symptoms_of, told
from reconciler.diagnosis.mending import mend, plan_command
from reconciler.domain.definition import Absent, Literal
from reconciler.domain.diagnosis import Confidence, Hypothesis, Symptom
from reconciler.rules.leak import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.diagnosis.case import Case
    from reconciler.domain.address import Address
    from reconciler.domain.definition import Definition
    from reconciler.domain.value import Secret

_SHORTEST = 12
"""Characters from which on two equal values are no coincidence."""
_CREDENTIALS = (Symptom.AUTHENTICATION, Symptom.DECLARED_FATAL)


def other_environment(case: Case) -> Iterator[Hypothesis]:
    """Look for values that are those of another environment."""
    found: dict[str, list[Address]] = {}
    for address, definition in case.declared.items():
        live = case.live(address)
        if live is None or definition.shared or live == case.wanted.get(address):
            continue
        for other in _holders(case, address, definition, live):
            found.setdefault(other, []).append(address)
    for other, addresses in found.items():
        fix, command = mend(case, addresses)
        number = len(addresses)
        differs = [address.key for address in addresses if address in case.wanted]
        evidence = [f"equal to what {other} has: {listed(address.key for address in addresses)}"]
        if differs:
            evidence.append(f"not what services.yaml declares for {case.owner.environment}: {listed(differs)}")
        yield Hypothesis(
            "other-environment",
            f"{number} {'value is' if number == 1 else 'values are'} {other}'s: "
            + listed(address.key for address in addresses),
            Confidence.SHOWN if differs else Confidence.LIKELY,
            tuple(evidence),
            fix,
            command,
            tuple(addresses),
            tuple(each.symptom for each in case.seen(*_CREDENTIALS)),
            last_change(case),
        )


def _holders(case: Case, address: Address, definition: Definition, live: Secret) -> Iterator[str]:
    """Yield the environments whose value of a variable a live one is, and is not declared to be."""
    is_literal = isinstance(definition.source, Literal)
    if address.owner.service is not None:
        for owner, service in case.desired.services.items():
            other = service.variables.get(address.key)
            if owner.name == case.owner.name and owner.environment != case.owner.environment and other is not None:
                is_same = isinstance(other.source, Literal) and other.source.text == live
                # Short literals such as `info` are everywhere.
                if is_literal and is_same and len(live.reveal()) >= _SHORTEST:
                    yield owner.environment
                    return
    if case.neighbour is not None and (there := case.neighbour.variables.get(address.key)) is not None:
        text = live.reveal()
        is_own = "://" in text or looks_secret(text)
        if there == live and len(text) >= _SHORTEST and is_own:
            yield case.neighbour.owner.environment


def differing(case: Case) -> Iterator[Hypothesis]:
    """Look for values that are not what is declared, with which nothing else is seen to be wrong."""
    told_of = {finding.address for finding in case.findings}
    addresses = tuple(
        sorted(
            (
                address
                for address, wanted in case.wanted.items()
                if address not in told_of and (live := case.live(address)) is not None and live != wanted
            ),
            key=lambda address: address.sort_key,
        )
    )
    unwanted = tuple(
        address
        for address, definition in case.declared.items()
        if isinstance(definition.source, Absent) and case.live(address) is not None
    )
    if not addresses and not unwanted:
        return
    fix, command = mend(case, addresses) if addresses else ("delete what is declared absent, by a plan", None)
    command = command or (plan_command(case, unwanted) if unwanted and not case.service.read_only else None)
    evidence = [f"another value on Render than declared: {listed(a.key for a in addresses)}"] if addresses else []
    evidence += [f"declared absent, and there: {listed(a.key for a in unwanted)}"] if unwanted else []
    changed = (*addresses, *unwanted)
    yield Hypothesis(
        "differs-from-declared",
        f"{listed(address.key for address in changed)}: not as services.yaml declares",
        confidence(case, is_shown=False),
        tuple(evidence),
        fix,
        command,
        changed,
        causes=last_change(case),
    )


def not_in_effect(case: Case) -> Iterator[Hypothesis]:
    """Look for values set after the deploy started: a program sees what was there when it did."""
    deploys = [deploy for deploy in case.deploys or () if deploy.started_at is not None]
    if not deploys:
        return
    newest = deploys[0]
    started = newest.started_at
    evidence: list[str] = []
    named = {name for each in case.seen(Symptom.MISSING_KEY) for name in each.names}
    now_there = sorted(name for name in named if name in case.effective)
    if now_there:
        evidence.append(
            f"the program lacked {listed(now_there)}, which {'is' if len(now_there) == 1 else 'are'} set now"
        )
    late = [event for event in case.changes if started is not None and event.at > started]
    if late:
        evidence.append(
            f"variables were changed at {late[0].at:%Y-%m-%d %H:%M:%S} UTC, after deploy {newest.id} started"
        )
    if case.is_owed:
        evidence.append("the journal knows of values that were written and wait for a deploy")
    if not evidence:
        return
    yield Hypothesis(
        "not-in-effect",
        f"values on Render are newer than deploy {newest.id}, so the running program does not have them",
        confidence(case, is_shown=len(evidence) > 1),
        tuple(evidence),
        "deploy the service: "
        + ("the plan has the deploy" if case.is_owed else "in Render's dashboard, Manual Deploy"),
        plan_command(case) if case.is_owed else None,
        accounts_for=(Symptom.MISSING_KEY,) if now_there else (),
    )


def only_there(case: Case) -> Iterator[Hypothesis]:
    """Look for variables that the neighbour has, and that are neither declared nor set here."""
    if case.neighbour is None or case.variables is None:
        return
    declared = {address.key for address in case.declared}
    names = sorted(
        key
        for key in case.neighbour.variables.keys() - case.effective.keys() - declared
        if not any(fnmatchcase(key, glob) for glob in case.service.ignore)
    )
    if names:
        yield Hypothesis(
            "only-there",
            f"set on {case.neighbour.owner} and not here, and declared for neither: {listed(names)}"
            if not any(name in case.desired.services[case.neighbour.owner].variables for name in names)
            else f"set on {case.neighbour.owner}, and not declared here: {listed(names)}",
            Confidence.POSSIBLE,
            (f"not on {case.owner}, and services.yaml does not declare it there: {listed(names)}",),
            f"declare it under services.{case.owner.name}.variables if the program needs it, then plan",
        )


def unlinked_group(case: Case) -> Iterator[Hypothesis]:
    """Look for groups that the service is declared to be linked to, and is not."""
    names = [owner.name for owner in case.groups if not case.is_linked(owner)]
    if not names:
        return
    lacking = [address.key for address in case.declared if address.owner.name in names and address.owner.group]
    lacking = [key for key in lacking if key not in case.effective]
    logged = [each for each in case.seen(Symptom.MISSING_KEY) if set(each.names) & set(lacking)]
    yield Hypothesis(
        "unlinked-group",
        f"not linked to the env group {listed(names)}",
        confidence(case, is_shown=bool(logged)),
        (f"declared under env_groups, and no link on Render: {listed(names)}", *(told(each) for each in logged)),
        "link the group, by a plan",
        None if case.service.read_only else plan_command(case),
        accounts_for=symptoms_of(logged),
    )


KINDS = (
    Kind("other-environment", 95, "data of two environments mix, which is worse than being down", other_environment),
    Kind("unlinked-group", 75, "all of a group's variables are missing at once", unlinked_group),
    Kind("only-there", 50, "what works has it, and nobody has said whether it is needed", only_there),
    Kind("not-in-effect", 60, "what is read now may not be what the program saw", not_in_effect),
    Kind("differs-from-declared", 40, "a difference may be meant, and is seldom the cause", differing),
)
