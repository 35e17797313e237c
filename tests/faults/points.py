"""The points at which an apply is struck: every request that it makes, by a label that is the same in each run."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from tests.faults.rule import Hold
from tests.faults.scene import SERVICES, scene

IS_SOAK = os.environ.get("RECONCILE_SOAK") == "1"
"""Whether every point is taken (`make soak`), rather than a sample."""


@dataclass(frozen=True, slots=True)
class Point:
    """One request of an apply; `occurrence` tells those of one label apart."""

    label: str
    occurrence: int = 1

    @property
    def changes_something(self) -> bool:
        return not self.label.startswith("GET ")

    def __str__(self) -> str:
        return f"{self.label.replace('/', ' ')} {self.occurrence}"


@dataclass(frozen=True, slots=True)
class Kill:
    """A point, and how far its request has come."""

    point: Point
    hold: Hold

    def __str__(self) -> str:
        return f"{self.hold} {self.point}"


def writes_of(service: str) -> list[Point]:
    """The service's writes in the plan's order, then its deploy."""
    made = scene()
    keys = sorted((key for key in made.steps if key.service == service), key=lambda key: key.address)
    verbs = {"delete": "DELETE", "create": "PUT", "update": "PUT"}
    return [*(Point(f"{verbs[made.action(key)]} {key.path}") for key in keys), Point(f"POST {service}/deploys")]


def reads_of(service: str) -> list[Point]:
    """The reads that every apply of the scene is known to make."""
    keys = [point.label.partition(" ")[2] for point in writes_of(service)[:-1]]
    lists = [Point(f"GET {service}/{part}", time) for part in ("env-vars", "secret-files") for time in (1, 2)]
    watching = [Point(f"GET {service}/deploys"), Point(f"GET {service}/deploys/*")]
    health = [Point("GET api/instances"), Point("GET logs")] if service == "api" else []
    return [*lists, *(Point(f"GET {key}") for key in keys), *watching, *health]


def all_writes() -> list[Point]:
    return [point for service in SERVICES for point in writes_of(service)]


def all_reads() -> list[Point]:
    return [Point("GET services"), *(point for service in SERVICES for point in reads_of(service))]


def is_of_planning(point: Point) -> bool:
    """Whether the request is made while the plan is rebuilt, before anything may be written."""
    lists = ("/env-vars", "/secret-files", " services")
    return point.label.endswith(lists) and not point.changes_something and point.occurrence == 1


def kills() -> list[Kill]:
    """Every request at each stage of its way; or a sample of writes, with the first, the last, and the deploys."""
    if IS_SOAK:
        return [Kill(point, hold) for point in [*all_writes(), *all_reads()] for hold in Hold]
    worker, api, mailer, reports = (writes_of(name) for name in ("worker", "api", "mailer", "reports"))
    return [
        Kill(api[0], Hold.BEFORE),
        Kill(api[0], Hold.ANSWERED),
        Kill(api[-2], Hold.DELIVERED),
        Kill(api[-1], Hold.BEFORE),
        Kill(api[-1], Hold.ANSWERED),
        Kill(mailer[-1], Hold.DELIVERED),
        Kill(mailer[4], Hold.ANSWERED),
        Kill(reports[1], Hold.BEFORE),
        Kill(reports[6], Hold.ANSWERED),
        Kill(worker[-2], Hold.ANSWERED),
        Kill(worker[-1], Hold.BEFORE),
        Kill(worker[-1], Hold.DELIVERED),
    ]


def interruptions() -> list[tuple[signal.Signals, Point]]:
    """Which signal comes while the answer to which request is on its way."""
    signals = (signal.SIGINT, signal.SIGTERM)
    if IS_SOAK:
        points = [*all_writes(), *(point for point in all_reads() if not is_of_planning(point))]
        return [(number, point) for number in signals for point in points]
    api, worker = writes_of("api"), writes_of("worker")
    points = [
        api[0],
        api[6],
        api[-1],
        worker[-2],
        Point("GET worker/env-vars/CREATED_3"),
        Point("GET mailer/env-vars", 2),
    ]
    return [*((signal.SIGINT, point) for point in points), *((signal.SIGTERM, point) for point in (api[4], worker[-1]))]
