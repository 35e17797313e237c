"""A program that takes whatever variables it gets, for services that no scenario gives a story of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.workloads.script import Line, Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.workloads.script import Surroundings


def plain(name: str, variables: Mapping[str, str], surroundings: Surroundings) -> Script:
    """Start and go on working; the first line tells how many variables arrived, so that a test can see which."""
    return Script(
        opening=(Line(f"{name}: started with {len(variables)} variables"), Line("ready")),
        cycle=(Line("working, round {n}"),),
        cycle_every=surroundings.pace.work_every,
    )
