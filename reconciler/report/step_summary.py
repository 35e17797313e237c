"""What the summary of a step of GitHub's Actions says where no other Markdown does, and how much of it fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from click import unstyle

from reconciler.domain.printable import printable_lines
from reconciler.errors import ProblemsError
from reconciler.report.result_text import result_text

if TYPE_CHECKING:
    from reconciler.domain.outcome import ApplyResult
    from reconciler.errors import ReconcileError

LARGEST = 1_000_000
"""Bytes of a summary, all that a step appends together; GitHub takes 1 MiB, and shows nothing of one that is larger."""

_WIDTH = 120
_MORE = b"\n\n**Cut here:** the rest does not fit into a step's summary; the log of this step has it.\n\n"


def result_summary(result: ApplyResult) -> str:
    """Return what an apply did."""
    verdict = (
        "Apply complete" if result.succeeded else "Apply interrupted" if result.interrupted else "Apply incomplete"
    )
    return f"### {verdict}\n\n{_block(unstyle(result_text(result, _WIDTH)))}"


def failure_summary(error: ReconcileError) -> str:
    """Return why a command failed."""
    lines = [str(problem) for problem in error.problems] if isinstance(error, ProblemsError) else [error.message]
    said = "\n".join([*lines, *([error.remedy] if error.remedy else [])])
    return f"### reconcile failed\n\n{_block(said)}"


def valid_summary(said: str) -> str:
    """Return that a file is valid, and what is in it."""
    return f"### Valid\n\n{_block(said)}"


def fitted(markdown: str, taken: int) -> bytes:
    """Return what is appended to a summary that has some bytes already: whole lines, and a word on what was cut."""
    encoded = f"{markdown}\n\n".encode("utf-8", "backslashreplace")
    room = LARGEST - taken
    if len(encoded) <= room:
        return encoded
    # Twice, since what has to be closed depends on where the text is cut.
    kept = _whole_lines(encoded, room - len(_MORE))
    kept = _whole_lines(encoded, room - len(_MORE) - len(_closing(kept)))
    page = kept + _closing(kept) + _MORE
    return page if len(page) <= room else b""


def _whole_lines(encoded: bytes, room: int) -> bytes:
    return encoded[: encoded.rfind(b"\n", 0, max(room, 0)) + 1]


def _closing(kept: bytes) -> bytes:
    """Return what ends a block of code, or parts that are folded up: they would hide what stands below."""
    fences = re.findall(rb"^(`{3,})[a-z]*$", kept, re.MULTILINE)
    ending = b"" if len(fences) % 2 == 0 else fences[-1] + b"\n"
    return ending + b"\n</details>\n" * (kept.count(b"<details>") - kept.count(b"</details>"))


def _block(text: str) -> str:
    """Return text as a block of code, whose fence is longer than any run of backticks within."""
    shown = printable_lines(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}\n{shown}\n{fence}"
