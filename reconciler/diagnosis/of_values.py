"""Hypotheses about values by themselves: missing, needed and not declared, or such as cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.diagnosis.kind import Kind, confidence, last_change, listed, symptoms_of, told
from reconciler.diagnosis.mending import mend, plan_command
from reconciler.domain.diagnosis import Confidence, Hypothesis, Symptom
from reconciler.domain.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.diagnosis.case import Case
    from reconciler.domain.address import Address
    from reconciler.domain.finding import Finding

DIRECT_HOST = "RC101"
POOLER_USER = "RC104"
"""The pooler's answer to it is its own, and names no variable."""
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
    "RC123": _HOSTS,
    "RC160": _HOSTS,
}
"""Which symptoms a rule's finding accounts for; one that is not named here accounts for those of a wrong shape."""
_NAMED = frozenset({Symptom.DECLARED_FATAL, Symptom.AUTHENTICATION, Symptom.WRONG_TYPE})


def missing(case: Case) -> Iterator[Hypothesis]:
    """Look for declared variables that are not there."""
    addresses = case.missing
    if not addresses:
        return
    names = {address.key for address in addresses}
    sightings = [each for each in case.seen(Symptom.MISSING_KEY) if names & set(each.names)]
    fix, command = mend(case, addresses)
    places = listed(_shown(case, address) for address in addresses)
    evidence = [f"neither on the service nor on a group that it is declared to be linked to: {places}"]
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
        symptoms_of(sightings),
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
    is_pooler_user = any(each.code == POOLER_USER for each in findings)
    shown = [
        sighting
        for sighting in case.seen(*symptoms)
        # Credentials and shapes are wrong in many ways: a line about one shows only what it names.
        if sighting.symptom not in _NAMED or names & set(sighting.names) or is_pooler_user
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
        symptoms_of(shown) if is_error else (),
        last_change(case),
    )


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


def _not_said(case: Case, addresses: Sequence[Address]) -> tuple[str, ...]:
    """Say what is known of why variables are missing: whether any apply of ours ever wrote them."""
    if not case.has_journal:
        return ("no journal was read that would tell whether an apply ever wrote them", *last_change(case))
    wrote = {step.address for history in case.runs for step in history.steps}
    never = [address.key for address in addresses if address not in wrote]
    said = (f"none of the journal's last runs wrote {listed(never)}",) if never else ()
    return (*said, *last_change(case))


KINDS = (
    Kind("wrong-values", 90, "a rule says why the value cannot work, and the log says the same", wrong_values),
    Kind("missing-variables", 85, "a program that lacks what it requires cannot start", missing),
    Kind("undeclared-need", 80, "the program itself names it; no contract does", undeclared_need),
)
