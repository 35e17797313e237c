"""The output in docs/diagnose.md: run for real, compared, and written by `python -m tests.docs.diagnosis --write`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from reconciler.sandbox import running
from tests.docs.markdown import ROOT
from tests.docs.readme import masked as without_ids

PAGE = ROOT / "docs" / "diagnose.md"
BEGIN = "<!-- The command's own output; written by: python -m tests.docs.diagnosis --write -->"
END = "<!-- End of the command's output -->"
COMMAND = ("diagnose", "upload-worker", "-e", "production", "--against", "staging")


def transcript() -> str:
    """Return the command and what it prints where nobody watches: 80 columns, no colours."""
    with running("incident") as sandbox, tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "services.yaml", folder)
        sandbox.scenario.write_dotenv(Path(folder) / "secrets")
        environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
        environment |= {"RENDER_API_URL": sandbox.url, "RENDER_API_KEY": sandbox.api_key}
        environment.pop("RECONCILE_STORE_URL", None)
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *COMMAND],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    if done.returncode != 0:
        raise RuntimeError(f"it ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    lines = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
    return f"```console\n$ reconcile {' '.join(COMMAND)}\n{lines}\n```\n"


def embedded(page: str) -> str:
    """Return what stands between the markers."""
    return page.partition(BEGIN)[2].partition(END)[0].strip("\n") + "\n"


def masked(text: str) -> str:
    """Return the output without what differs from run to run: times, ids, and how often something was logged."""
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "TIME", without_ids(re.sub(r"\s+", " ", text)))
    return re.sub(r"\b[\d,]+ (times|lines|since|crashes)\b", r"N \1", re.sub(r"\bTIME(?= UTC)", "TIME", text))


def main(arguments: list[str]) -> int:
    """Check the page, or write the output into it."""
    page, fresh = PAGE.read_text(encoding="utf-8"), transcript()
    if masked(embedded(page)) == masked(fresh):
        return 0
    if arguments != ["--write"]:
        sys.stderr.write("docs/diagnose.md is stale; write it anew: python -m tests.docs.diagnosis --write\n")
        return 1
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{fresh}\n{END}{after}", encoding="utf-8")
    sys.stderr.write("docs/diagnose.md was written anew\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
