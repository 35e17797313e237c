"""Installs reconcile where the runner keeps its tools, unless it is there already, and hands over to run.py.

Runs on the runner's own Python 3.11 or newer with the standard library only. Dependencies come as wheels, which run
nothing while they are installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
LOCK = ROOT / "requirements" / "extras.txt"
OWN_REVISION = "."
PACKAGE = "render-reconciler[aws,azure,gcp,keyring,postgres,vault]"
_VERSION = re.compile(r"[0-9][0-9A-Za-z.!+]*")


def main() -> None:
    """Install what INPUT_VERSION names, and become run.py in its environment."""
    if sys.version_info < (3, 11):  # noqa: UP036 — the runner's Python may be an older one
        sys.exit("reconcile needs Python 3.11 or newer: put actions/setup-python before this step")
    version = os.environ.get("INPUT_VERSION", "") or OWN_REVISION
    if version != OWN_REVISION and not _VERSION.fullmatch(version):
        sys.exit("the input `version` is neither `.` nor a version such as 1.2.3")
    python = installed(version, Path(os.environ.get("RUNNER_TOOL_CACHE") or os.environ["RUNNER_TEMP"]) / "reconcile")
    os.execv(python, [str(python), "-I", str(HERE / "run.py"), *sys.argv[1:]])  # noqa: S606 — that is the point


def installed(version: str, tools: Path) -> Path:
    """Return the Python of an environment that holds a version; an environment that was left half made is made anew."""
    folder = folder_of(version, tools)
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-I", "-m", "venv", str(folder))
        wanted = ["--require-hashes", "--requirement", str(LOCK)] if version == OWN_REVISION else [_exactly(version)]
        pip = ("-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
        _run(str(python), *pip, "--no-compile", "--only-binary=:all:", *wanted)
        ready.touch()
    return python


def folder_of(version: str, tools: Path) -> Path:
    """Return where a version is kept: by its dependencies, so that revisions that share them share the folder.

    Of the revision itself nothing is in it: run.py takes the very files that lie beside it, whatever other runners with
    the same folder of tools run meanwhile.
    """
    what = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16] if version == OWN_REVISION else version
    return tools / f"{what}-{sys.implementation.cache_tag}"


def _exactly(version: str) -> str:
    return f"{PACKAGE}=={version}"


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 — this Python, no shell
    if done.returncode:
        sys.exit(f"reconcile could not be installed: `{Path(command[0]).name}` ended with {done.returncode}")


if __name__ == "__main__":
    main()
