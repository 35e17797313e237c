"""A kind of hypothesis: what it looks for in a case, and why it weighs as much as it does beside the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.domain.diagnosis import Confidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reconciler.diagnosis.case import Case
    from reconciler.domain.diagnosis import Hypothesis, Sighting, Symptom


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the registry. Hypotheses are ranked by their confidence first, then by their kind's weight."""

    name: str
    weight: int
    why: str
    """Why it weighs so much, for who reads or extends the registry."""
    look: Callable[[Case], Iterable[Hypothesis]]


def confidence(case: Case, *, is_shown: bool) -> Confidence:
    """Return how sure a hypothesis is about something that is wrong; `is_shown` where the log says the same."""
    if not case.is_failing:
        return Confidence.POSSIBLE
    return Confidence.SHOWN if is_shown else Confidence.LIKELY


def told(sighting: Sighting) -> str:
    """Say what was logged, how often and when, in words that hold nothing of the line but what is known."""
    often = "once" if sighting.count == 1 else f"{sighting.count:,} times"
    return f"logged {often}, last at {sighting.last:%Y-%m-%d %H:%M:%S} UTC: “{sighting.excerpt}”"


def listed(names: Iterable[str]) -> str:
    """Return names as words: `A, B and C`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def symptoms_of(sightings: Sequence[Sighting]) -> tuple[Symptom, ...]:
    """Return what sightings are of."""
    return tuple(each.symptom for each in sightings)


def last_change(case: Case) -> tuple[str, ...]:
    """Say who last changed the service's variables, where that is known."""
    if not case.changes:
        return ()
    event = case.changes[0]
    who = event.actor or "somebody whom the audit log does not name"
    return (f"this service's variables were last changed by {who} at {event.at:%Y-%m-%d %H:%M:%S} UTC",)
