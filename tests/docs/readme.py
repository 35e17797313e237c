"""The demo's output in README.md: run for real, compared, and written anew with `python -m tests.docs.readme --write`.

What differs from run to run (ids, fingerprints, times) is masked on both sides before they are compared, and a README
that says the same already is left as it is.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.docs.markdown import ROOT

README = ROOT / "README.md"
BEGIN = "<!-- The demo's own output; written by: python -m tests.docs.readme --write -->"
END = "<!-- End of the demo's output -->"

_MASKS = (
    (r"(https?://127\.0\.0\.1):\d+", r"\1:PORT"),
    (r"\b(srv|dep|plan|api)-(?!c0example)[a-z0-9]{8,20}(-[a-z0-9]{5})?\b", r"\1-ID"),
    (r"\bSHA256:[A-Za-z0-9+/]{43}", "SHA256:KEY"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"(?<=digest )[0-9a-f]{12}\b", "DIGEST"),
    (r"(?<=secret )[0-9a-f]{8}\b", "PRINT"),
    (r"(?<=-> )[0-9a-f]{8}\b(?=\))", "PRINT"),
    (r"\b\d{4}-\d\d-\d\d\b", "DATE"),
    (r"\b\d\d:\d\d(:\d\d)?(?= UTC)", "TIME"),
    (r"\b\d+ s\b", "N s"),
    # How many documents the worker gets to in the meantime depends on the machine.
    (r"(processed document \d+\n?)+", "processed document N\n"),
)


def transcript() -> str:
    """Return what `reconcile demo` prints where nobody watches: 80 columns, no colours."""
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the demo ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def as_markdown(output: str) -> str:
    """Return a transcript as Markdown: the narrator's lines as paragraphs, commands and their output as blocks."""
    parts = []
    for act in re.split(r"^# ", output, flags=re.MULTILINE)[1:]:
        says, _, rest = act.partition("\n")
        lines = "\n".join(line.rstrip() for line in rest.strip("\n").splitlines())
        parts.append(f"{says}\n\n```console\n{lines}\n```\n")
    return "\n".join(parts)


def embedded(readme: str) -> str:
    """Return what stands between the markers."""
    _, begin, rest = readme.partition(BEGIN)
    inside, end, _ = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no lines `{BEGIN}` and `{END}`")
    return inside.strip("\n") + "\n"


def replaced(readme: str, markdown: str) -> str:
    """Return the page with other Markdown between the markers."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{markdown}\n{END}{after}"


def masked(markdown: str) -> str:
    """Return Markdown without what differs from run to run."""
    for pattern, stand_in in _MASKS:
        markdown = re.sub(pattern, stand_in, markdown)
    return markdown


def main(arguments: list[str]) -> int:
    """Check README.md, or write the demo's output into it."""
    if arguments not in ([], ["--write"]):
        sys.stderr.write("usage: python -m tests.docs.readme [--write]\n")
        return 1
    readme, fresh = README.read_text(encoding="utf-8"), as_markdown(transcript())
    if masked(embedded(readme)) == masked(fresh):
        return 0
    if not arguments:
        sys.stderr.write("README.md is stale; write it anew: python -m tests.docs.readme --write\n")
        return 1
    README.write_text(replaced(readme, fresh), encoding="utf-8")
    sys.stderr.write("README.md was written anew\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
