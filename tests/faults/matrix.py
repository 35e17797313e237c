"""What can go wrong with one request, and with which requests of an apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.points import IS_SOAK, Point, writes_of
from tests.faults.rule import Break, Rule
from tests.faults.wire import Reply, made_up

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCE = {"message": "a fault of the proxy"}
ENDPOINTS = (
    Point("GET services"),
    Point("GET mailer/env-vars", 1),
    Point("GET mailer/env-vars", 2),
    Point("GET mailer/secret-files", 1),
    Point("GET mailer/secret-files", 2),
    Point("GET mailer/env-vars/UPDATED_1"),
    Point("PUT mailer/env-vars/UPDATED_1"),
    Point("PUT mailer/env-vars/CREATED_3"),
    Point("DELETE mailer/env-vars/DELETED"),
    Point("GET mailer/secret-files/updated.txt"),
    Point("PUT mailer/secret-files/updated.txt"),
    Point("DELETE reports/secret-files/stale.txt"),
    Point("GET mailer/deploys"),
    Point("POST mailer/deploys"),
    Point("GET mailer/deploys/*"),
    Point("GET api/instances", 2),
    Point("GET logs"),
)
"""Every endpoint that an apply uses, where it is in the middle of its work."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong."""

    name: str
    answer: Reply | None = None
    breaks: Break | None = None
    is_passed_on: bool = False
    times: int = 1
    environ: Mapping[str, str] = field(default_factory=dict)

    def rule(self, point: Point) -> Rule:
        return Rule(
            point.label,
            point.occurrence,
            times=self.times,
            answer=self.answer,
            breaks=self.breaks,
            passes_on=self.is_passed_on,
        )

    def __str__(self) -> str:
        return self.name


LASTING = 1000
"""More often than anything is tried again."""
ONCE = (
    *(Fault(str(status), made_up(status, SENTENCE)) for status in (401, 403, 404, 409, 410)),
    Fault("429", made_up(429, SENTENCE, {"Ratelimit-Remaining": "0", "Ratelimit-Reset": "1"})),
    Fault("500", made_up(500, SENTENCE)),
    Fault("503 after passing on", made_up(503, SENTENCE), is_passed_on=True),
    Fault("reset before", breaks=Break.BEFORE),
    Fault("reset after", breaks=Break.AFTER),
    Fault("truncated", breaks=Break.TRUNCATED),
    Fault("not JSON", made_up(200, "<html>a portal</html>"), is_passed_on=True),
    Fault("another shape", made_up(200, {"cursor": [1, None], "items": {}}), is_passed_on=True),
)
FOR_EVER = (
    Fault("500 for ever", made_up(500, SENTENCE), times=LASTING),
    Fault("503 for ever after passing on", made_up(503, SENTENCE), is_passed_on=True, times=LASTING),
    Fault("truncated for ever", breaks=Break.TRUNCATED, times=LASTING),
    Fault("reset for ever", breaks=Break.BEFORE, times=LASTING),
    Fault("not JSON, and not carried out", made_up(200, "<html>a portal</html>"), times=LASTING),
    Fault("stalled", breaks=Break.STALLED),
)
"""For the soak: five attempts, a minute's look for a deploy, or the client's own 30 seconds take their time."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one endpoint."""

    point: Point
    fault: Fault

    def __str__(self) -> str:
        return f"{self.fault} {self.point}"


def cells() -> list[Cell]:
    """All of the matrix; or a sample with each endpoint and each fault, half of the endpoints twice."""
    if IS_SOAK:
        return [Cell(point, fault) for point in ENDPOINTS for fault in (*ONCE, *FOR_EVER)]
    places = range(len(ENDPOINTS))
    sampled = [(place, (place * 5 + shift) % len(ONCE)) for place in places for shift in (0, 8)[: 2 - place % 2]]
    return [Cell(ENDPOINTS[place], ONCE[number]) for place, number in sampled if not _takes_a_minute(place, number)]


def _takes_a_minute(place: int, number: int) -> bool:
    """Whether the apply looks a whole minute for a deploy that was never asked for."""
    return ENDPOINTS[place].label.startswith("POST") and ONCE[number].name in {"500", "reset before"}


def is_known(point: Point) -> bool:
    """Whether a write of the matrix is one of the plan's."""
    service = point.label.partition(" ")[2].partition("/")[0]
    return not point.changes_something or point in writes_of(service)
