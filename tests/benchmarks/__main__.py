"""`make bench`: every figure with its floor and its ratio, as a table, and with `--json FILE` also as JSON.

It takes about nine minutes, most of it waiting: 2,000 services need six of Render's minutes. What waits for rate limits
is measured at the same time, after what is measured by the CPU.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import api_calls, auditing, drift_since, estimates, load_file, planning, sandbox, start_up, wall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.figure import Figure


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    parser.add_argument("--quick", action="store_true", help="leave out what waits for rate limits")
    options = parser.parse_args()
    figures = [
        *start_up.figures(),
        *load_file.figures(),
        *api_calls.figures(),
        *drift_since.figures(),
        *auditing.figures(),
    ]
    figures += [*planning.figures(), *estimates.figures(3, 30), *sandbox.figures()]
    if not options.quick:
        with ThreadPoolExecutor() as beside:
            waiting = [
                beside.submit(lambda: [*wall.figures(400, 1.15)]),
                beside.submit(lambda: [*wall.figures(2000, 1.05)]),
                beside.submit(lambda: [*estimates.figures(15, 10)]),
            ]
        figures += [figure for one in waiting for figure in one.result()]
    print("\n".join(table(figures)))  # noqa: T201 — its purpose
    if options.json is not None:
        options.json.write_text(json.dumps([figure.document() for figure in figures], indent=2) + "\n")


def table(figures: Iterable[Figure]) -> list[str]:
    """Return the figures as aligned rows."""
    rows = [("figure", "measured", "floor", "ratio", "limit", "holds")]
    rows += [figure.row() for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


if __name__ == "__main__":
    main()
