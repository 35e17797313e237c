"""Judging: all hypotheses about a case, ranked, and what they come to together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.diagnosis import of_differences, of_platform, of_values
from reconciler.diagnosis.timeline import timeline_of
from reconciler.domain.diagnosis import CheckState, Confidence, Diagnosis, Standing, Symptom, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.diagnosis.case import Case
    from reconciler.domain.diagnosis import Hypothesis

KINDS = tuple(sorted((*of_values.KINDS, *of_differences.KINDS, *of_platform.KINDS), key=lambda kind: -kind.weight))
"""Every kind, the weightiest first."""

_CONSEQUENCES = frozenset({"failed-run", "crash-loop", "crashes", "health-path", "new-commit"})
"""Kinds that a shown cause makes worthless: they follow from it, or only point to where to look for it."""
_SURENESS = tuple(Confidence)


def diagnosis_of(case: Case) -> Diagnosis:
    """Return what a case comes to."""
    ranked = [(kind.weight, hypothesis) for kind in KINDS for hypothesis in kind.look(case)]
    ranked = [item for item in ranked if not _is_worn_out(item[1], [other for _, other in ranked])]
    explained = _explained([hypothesis for _, hypothesis in ranked])
    ranked += [(0, hypothesis) for hypothesis in of_platform.unexplained(case, explained)]
    ranked.sort(key=lambda item: (_SURENESS.index(item[1].confidence), -item[0]))
    hypotheses = [hypothesis for _, hypothesis in ranked]
    return Diagnosis(
        owner=case.owner,
        target=case.summary,
        checked_at=case.now,
        logs_since=case.logs_since,
        standing=case.standing,
        verdict=verdict_of(case, hypotheses),
        story=case.story,
        hypotheses=hypotheses,
        sightings=tuple(case.sightings or ()),
        findings=tuple(case.findings),
        checks=case.checks,
        timeline=timeline_of(case),
        runs=case.runs,
        against=case.neighbour.owner.environment if case.neighbour else None,
    )


def verdict_of(case: Case, hypotheses: Sequence[Hypothesis]) -> Verdict:
    """Return what hypotheses, the surest first, come to; healthy is only what was seen whole."""
    surest = hypotheses[0].confidence if hypotheses else None
    if case.is_failing and surest is Confidence.SHOWN:
        return Verdict.CAUSE_SHOWN
    if case.is_failing and surest is Confidence.LIKELY:
        return Verdict.CAUSE_LIKELY
    if surest is Confidence.SHOWN:
        return Verdict.CONSPICUOUS
    if case.is_failing or any(check.state is CheckState.FAILED for check in case.checks):
        # What is only possible does not explain a failure, and what was not read may be what explains it.
        return Verdict.NOT_KNOWN
    if surest is not None:
        return Verdict.CONSPICUOUS
    return Verdict.HEALTHY if case.standing is Standing.RUNNING else Verdict.NOT_KNOWN


def _is_worn_out(hypothesis: Hypothesis, others: Sequence[Hypothesis]) -> bool:
    """Whether all that a hypothesis is about is told by one that says more of it."""
    if hypothesis.kind in _CONSEQUENCES:
        return any(other.confidence is Confidence.SHOWN for other in others if other.kind not in _CONSEQUENCES)
    if hypothesis.kind != "differs-from-declared":
        return False
    told = {address for other in others if other is not hypothesis for address in other.addresses}
    return bool(hypothesis.addresses) and set(hypothesis.addresses) <= told


def _explained(hypotheses: Sequence[Hypothesis]) -> frozenset[Symptom]:
    """Return the symptoms that some hypothesis accounts for."""
    found = {symptom for hypothesis in hypotheses for symptom in hypothesis.accounts_for}
    if found:
        # A program that is known to lack something ends, and says so in its own words.
        found |= {Symptom.CRASH, Symptom.DECLARED_FATAL}
    return frozenset(found)
