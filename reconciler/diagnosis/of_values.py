"""Hypotheses about values: missing, wrong, another environment's, not what is declared, not yet in effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.diagnosis.kind import Kind, confidence, listed, told
from reconciler.diagnosis.mending import mend, plan_command
from reconciler.domain.definition import Absent, Literal
from reconciler.domain.diagnosis import Confidence, Hypothesis, Symptom
from reconciler.domain.finding import Severity
from reconciler.rules.leak import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.diagnosis.case import Case
    from reconciler.domain.address import Address
    from reconciler.domain.definition import Definition
    from reconciler.domain.diagnosis import Sighting
    from reconciler.domain.finding import Finding
    from reconciler.domain.value import Secret

DIRECT_HOST = "RC101"
WRONG_TYPE = "RC001"
PASTED = "RC14"
"""What the codes of rules begin with that say what went wrong when a value was pasted."""
_ANY = frozenset(Symptom)
_CREDENTIALS = frozenset({Symptom.AUTHENTICATION, Symptom.DECLARED_FATAL})
_HOSTS = frozenset({Symptom.NETWORK_UNREACHABLE, Symptom.NAME_RESOLUTION, Symptom.CONNECTION_REFUSED})
_SHAPES = _ANY - {Symptom.MISSING_KEY, Symptom.PORT_NOT_BOUND, Symptom.OUT_OF_MEMORY, Symptom.CRASH}
EXPLAINS = {
    DIRECT_HOST: frozenset({Symptom.NETWORK_UNREACHABLE, Symptom.NAME_RESOLUTION}),
    "RC102": _CREDENTIALS,
    "RC103": _CREDENTIALS,
    "RC104": _CREDENTIALS,
    "RC105": frozenset({Symptom.CONNECTION_REFUSED}),
    "RC106": _HOSTS | _CREDENTIALS,
    "RC107": _CREDENTIALS,
    "RC108": _CREDENTIALS,
    "RC109": _CREDENTIALS,
    "RC110": _CREDENTIALS,
    "RC120": _HOSTS,
    "RC160": _HOSTS,
}
"""Which symptoms a rule's finding accounts for; one that is not named here accounts for those of a wrong shape."""
_SHORTEST = 12
"""Characters from which on two equal values are no coincidence."""
_NAMES_ADDRESS = frozenset({Symptom.DECLARED_FATAL, Symptom.AUTHENTICATION, Symptom.WRONG_TYPE})


def missing(case: Case) -> Iterator[Hypothesis]:
    """Look for declared variables that are not there."""
    addresses = case.missing
    if not addresses:
        return
    names = {address.key for address in addresses}
    sightings = [each for each in case.seen(Symptom.MISSING_KEY) if names & set(each.names)]
    fix, command = mend(case, addresses)
    evidence = [f"not set on Render: {listed(_shown(case, address) for address in addresses)}"]
    for sighting in sightings:
        named = [name for name in sighting.names if name in names]
        evidence.append(f"{told(sighting)}, naming {listed(named)}")
    evidence += [f"{each.code} {each.name}: {each.message}" for each in case.findings if each.address in addresses]
    if case.neighbour is not None:
        there = [address.key for address in addresses if address.key in case.neighbour.variables]
        works = ", which works" if case.neighbour.works else ""
        if there:
            evidence.append(f"set on {case.neighbour.owner}{works}: {listed(there)}")
    number = len(addresses)
    title = f"{number} declared {'variable is' if number == 1 else 'variables are'} not set: "
    yield Hypothesis(
        "missing-variables",
        title + listed(address.key for address in addresses),
        confidence(case, is_shown=bool(sightings)),
        tuple(evidence),
        fix,
        command,
        addresses,
        _symptoms(sightings),
        _not_said(case, addresses),
    )


def undeclared_need(case: Case) -> Iterator[Hypothesis]:
    """Look for variables that the program lacks and no contract declares: the contract has a hole."""
    declared = {address.key for address in case.declared}
    for sighting in case.seen(Symptom.MISSING_KEY):
        names = [name for name in sighting.names if name not in declared and name not in case.effective]
        if not names or case.variables is None:
            continue
        yield Hypothesis(
            "undeclared-need",
            f"the program needs {listed(names)}, which services.yaml does not declare for {case.owner}",
            confidence(case, is_shown=True),
            (told(sighting), f"neither declared nor set: {listed(names)}"),
            f"declare {listed(names)} under services.{case.owner.name}.variables with a source, then plan",
            plan_command(case),
            accounts_for=(sighting.symptom,),
        )


def wrong_values(case: Case) -> Iterator[Hypothesis]:
    """Tell what the rules say is wrong with live values, one hypothesis for each rule that says most of a value."""
    at: dict[Address, list[Finding]] = {}
    for finding in case.findings:
        if finding.address is not None and case.live(finding.address) is not None:
            at.setdefault(finding.address, []).append(finding)
    by_code: dict[str, list[Address]] = {}
    for address, findings in at.items():
        findings.sort(key=_tells_most)
        by_code.setdefault(findings[0].code, []).append(address)
    for code, addresses in by_code.items():
        yield _wrong(case, code, {address: at[address] for address in addresses})


def _tells_most(finding: Finding) -> int:
    """Order the findings about one value: what made it wrong comes before the fact that its type does not take it."""
    if finding.severity is Severity.ERROR and finding.code != WRONG_TYPE:
        return 0
    if finding.code.startswith(PASTED):
        return 1
    return 2 if finding.code == WRONG_TYPE else 3


def _wrong(case: Case, code: str, at: Mapping[Address, Sequence[Finding]]) -> Hypothesis:
    addresses, findings = tuple(at), [finding for here in at.values() for finding in here]
    names = {address.key for address in addresses}
    symptoms = frozenset(symptom for each in findings for symptom in EXPLAINS.get(each.code, _SHAPES))
    shown = [
        sighting
        for sighting in case.seen(*symptoms)
        # A line that names variables and not this one is about something else.
        if sighting.symptom not in _NAMES_ADDRESS or not sighting.names or names & set(sighting.names)
    ]
    is_error = any(each.severity is Severity.ERROR for each in findings)
    foremost = [each for each in findings if each.code == code]
    fix, command = mend(case, addresses, foremost[0].fix or "")
    said = dict.fromkeys(each.message for each in foremost)
    return Hypothesis(
        "direct-database-host" if code == DIRECT_HOST else f"wrong-value-{code}",
        f"{listed(address.key for address in addresses)}: {'; '.join(said)}",
        confidence(case, is_shown=bool(shown)) if is_error else Confidence.POSSIBLE,
        (
            *(f"{each.code} {each.name}, {each.address} ({each.location})" for each in findings),
            *(told(sighting) for sighting in shown),
            *_provenance(case, addresses),
        ),
        fix,
        command,
        addresses,
        _symptoms(shown) if is_error else (),
        _changed(case),
    )


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
            _changed(case),
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
        causes=_changed(case),
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
        accounts_for=_symptoms(logged),
    )


def _symptoms(sightings: Sequence[Sighting]) -> tuple[Symptom, ...]:
    return tuple(each.symptom for each in sightings)


def _shown(case: Case, address: Address) -> str:
    location = case.declared[address].location
    where = f" (group {address.owner.name})" if address.owner.group else ""
    return f"{address.key}{where} ({location})"


def _provenance(case: Case, addresses: Sequence[Address]) -> Iterator[str]:
    same = [a.key for a in addresses if a in case.wanted and case.wanted[a] == case.live(a)]
    other = [a.key for a in addresses if a in case.wanted and case.wanted[a] != case.live(a)]
    if same:
        yield f"Render has the very value that is declared: {listed(same)}"
    if other:
        yield f"Render has another value than the one that is declared: {listed(other)}"


def _changed(case: Case) -> tuple[str, ...]:
    """Say who last changed the service's variables, where that is known."""
    if not case.changes:
        return ()
    event = case.changes[0]
    who = event.actor or "somebody whom the audit log does not name"
    return (f"this service's variables were last changed by {who} at {event.at:%Y-%m-%d %H:%M:%S} UTC",)


def _not_said(case: Case, addresses: Sequence[Address]) -> tuple[str, ...]:
    """Say what is known of why variables are missing: whether any apply of ours ever wrote them."""
    if not case.has_journal:
        return _changed(case)
    wrote = {step.address for history in case.runs for step in history.steps}
    never = [address.key for address in addresses if address not in wrote]
    said = (f"none of the journal's last runs wrote {listed(never)}",) if never else ()
    return (*said, *_changed(case))


KINDS = (
    Kind("other-environment", 95, "data of two environments mix, which is worse than being down", other_environment),
    Kind("wrong-values", 90, "a rule says why the value cannot work, and the log says the same", wrong_values),
    Kind("missing-variables", 85, "a program that lacks what it requires cannot start", missing),
    Kind("undeclared-need", 80, "the program itself names it; no contract does", undeclared_need),
    Kind("unlinked-group", 75, "all of a group's variables are missing at once", unlinked_group),
    Kind("not-in-effect", 60, "what is read now may not be what the program saw", not_in_effect),
    Kind("differs-from-declared", 40, "a difference may be meant, and is seldom the cause", differing),
)
