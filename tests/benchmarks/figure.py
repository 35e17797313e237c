"""One figure of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, beside what nothing could do without; `at_most` is the ratio (or, with no floor, the number)
    that the project holds itself to.
    """

    name: str
    unit: str
    measured: float
    at_most: float
    floor: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.floor is None else self.measured / self.floor

    @property
    def holds(self) -> bool:
        """Whether it is within what the project holds itself to."""
        judged = self.measured if self.ratio is None else self.ratio
        return (self.at_least is None or judged >= self.at_least) and judged <= self.at_most

    def row(self) -> tuple[str, str, str, str, str, str]:
        floor = "" if self.floor is None else f"{self.floor:.4g} {self.unit}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        limit = f"{self.at_most:g}" if self.at_least is None else f"{self.at_least:g} to {self.at_most:g}"
        return (self.name, f"{self.measured:.4g} {self.unit}", floor, ratio, limit, "yes" if self.holds else "NO")

    def document(self) -> dict[str, str | float | bool | None]:
        return {
            "name": self.name,
            "unit": self.unit,
            "measured": self.measured,
            "floor": self.floor,
            "ratio": self.ratio,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "holds": self.holds,
        }
