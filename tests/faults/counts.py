"""What the fault tests count, carried by their reports, so that the sums are right with pytest-xdist too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

PREFIX = "faults: "
COUNTED = (
    "points killed",
    "points interrupted",
    "faults injected",
    "edits raced",
    "edits in the unavoidable window",
    "values lost",
    "values leaked",
)


class Counts:
    """The counts of one test."""

    def __init__(self, node: pytest.Item) -> None:
        self._node = node

    def add(self, what: str, number: int = 1) -> None:
        """Add to one of the counts."""
        assert what in COUNTED
        self._node.user_properties.append((PREFIX + what, number))


def lines_of(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Sum up what the tests counted, one line for each count; nothing where none of them ran."""
    found = [each for report in reports if report.when == "call" for each in report.user_properties]
    numbers = [(name.removeprefix(PREFIX), number) for name, number in found if name.startswith(PREFIX)]
    if not numbers:
        return []
    return [f"{sum(int(str(number)) for name, number in numbers if name == what):>6,} {what}" for what in COUNTED]
