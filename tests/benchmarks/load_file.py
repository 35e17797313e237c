"""Loading: what validating a big file costs, against the quickest there is to read YAML at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.cpu import measured
from tests.benchmarks.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = 1000
VARIABLES = 50
RUNS = 3
FLOOR = "import sys, yaml; yaml.load(open(sys.argv[1], 'rb').read().decode(), Loader=yaml.CSafeLoader)"


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "services.yaml"
        path.write_text(contract(), encoding="utf-8")
        floor = median(measured(["-c", FLOOR, str(path)])[0] for _ in range(RUNS))
        runs = [measured(["-m", "reconciler", "-f", str(path), "validate"]) for _ in range(RUNS)]
    what = f"validate of {SERVICES} services with {VARIABLES} variables"
    yield Figure(f"{what}, CPU", "s", median(cpu for cpu, _ in runs), 8, floor)
    yield Figure(f"{what}, peak memory", "MB", max(peak for _, peak in runs), 300)


def contract() -> str:
    """Return a file of texts, of shared definitions used by name, of references and of typed literals."""
    lines = ["version: 1", "environments:", "  staging: {}", "  production: {}", "variables:"]
    lines += [
        f"  COMMON_{number}: {{secret: 'vault://kv/app/{{environment}}#/common_{number}'}}" for number in range(10)
    ]
    lines.append("services:")
    for service in range(SERVICES):
        lines += [f"  service-{service}:", f"    render: s-{service}-{{environment}}", "    variables:"]
        lines += [f"      VAR_{number}: {_variable(number)}" for number in range(VARIABLES - 10)]
        lines += [f"      COMMON_{number}:" for number in range(10)]
    return "\n".join([*lines, ""])


def _variable(number: int) -> str:
    if number % 10 == 0:
        return f"{{type: integer, value: {number}}}"
    if number % 10 == 1:
        return f"{{secret: env://VAR_{number}}}"
    return f"text-{number}"
