"""`make bench`: every figure with its floor and its ratio, as a table, and with `--json` as JSON.

It takes about four minutes; with `--long` nine, because 2,000 services need six of Render's minutes.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tests.benchmarks import api_calls, auditing, estimates, load_file, planning, start_up, wall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.figure import Figure


def main() -> None:
    figures = [
        *start_up.figures(),
        *load_file.figures(),
        *api_calls.figures(),
        *planning.figures(),
        *auditing.figures(),
    ]
    figures += [*wall.figures(400, 1.15), *estimates.figures(5), *estimates.figures(15)]
    if "--long" in sys.argv[1:]:
        figures += wall.figures(2000, 1.05)
    if "--json" in sys.argv[1:]:
        print(json.dumps([figure.document() for figure in figures], indent=2))  # noqa: T201 — its purpose
    else:
        print("\n".join(table(figures)))  # noqa: T201 — its purpose


def table(figures: Iterable[Figure]) -> list[str]:
    """Return the figures as aligned rows."""
    rows = [("figure", "measured", "floor", "ratio", "at most")]
    rows += [figure.row() for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


if __name__ == "__main__":
    main()
