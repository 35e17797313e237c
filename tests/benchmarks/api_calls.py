"""Requests: what planning many services costs Render, counted by the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox import NO_LIMITS
from tests.benchmarks.cpu import measured
from tests.benchmarks.figure import Figure
from tests.benchmarks.fleet import fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = 250


def figures() -> Iterator[Figure]:
    with fleet(SERVICES, 1, NO_LIMITS) as many:
        measured(many.plan, env=many.env)
        seen = many.requests()
    # One read a service, and the listing's pages of a hundred: nothing could do with fewer.
    yield Figure(f"plan of {SERVICES} services, requests", "", len(seen), 1.0, SERVICES + SERVICES // 100 + 1)
