"""Prism between our client and a stand-in: holds requests and answers against GitHub's own description of its API."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = Path(__file__).with_name("npm")
DESCRIPTION = "node_modules/@octokit/openapi/generated/api.github.com.json"
SERVED = ("issues", "pulls", "commits", "compare", "actions")
"""What of a repository is asked about; Prism would take a minute to read about all of GitHub."""


def installed() -> Path:
    """Return a folder with Prism and what of the description is served, installed once; skip where that cannot be."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs node and npm")
    lock = hashlib.sha256((PACKAGES / "package-lock.json").read_bytes() + " ".join(SERVED).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"render-reconciler-npm-{lock}"
    if not folder.exists():
        building = Path(tempfile.mkdtemp(prefix=f"{folder.name}-"))
        shutil.copytree(PACKAGES, building, dirs_exist_ok=True)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=building, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            shutil.rmtree(building)
            pytest.skip("needs npm's registry for Prism")
        (building / "served.json").write_text(json.dumps(_served(building / DESCRIPTION)), encoding="utf-8")
        shutil.rmtree(building / "node_modules" / "@octokit")  # hundreds of megabytes
        try:
            building.rename(folder)
        except OSError:  # another process was quicker
            shutil.rmtree(building)
    return folder


def example(name: str) -> Any:  # noqa: ANN401 — JSON
    """Return one of the examples that the description gives."""
    document = json.loads((installed() / "served.json").read_text(encoding="utf-8"))
    return document["components"]["examples"][name]["value"]


@contextmanager
def validated(upstream: str) -> Iterator[str]:
    """Run Prism before a stand-in; what is not as described is answered with an error."""
    folder = installed()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["node", "node_modules/@stoplight/prism-cli/dist/index.js", "proxy", "served.json", upstream]
    process = subprocess.Popen(
        [*command, "--errors", "--host", "127.0.0.1", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line)
            if "Prism is listening" in line:
                break
        else:
            pytest.fail("".join(told))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def _served(path: Path) -> dict[str, Any]:
    """Return the description of what is asked about, and all that it refers to."""
    document = json.loads(path.read_text(encoding="utf-8"))
    below = tuple(f"/repos/{{owner}}/{{repo}}/{part}" for part in SERVED)
    document["paths"] = {name: item for name, item in document["paths"].items() if name.startswith(below)}
    needed: dict[str, dict[str, Any]] = {}
    waiting: list[Any] = [document["paths"]]
    while waiting:
        match waiting.pop():
            case {"$ref": str() as reference}:
                _, _, kind, name = reference.split("/")
                if name not in needed.setdefault(kind, {}):
                    needed[kind][name] = document["components"][kind][name]
                    waiting.append(needed[kind][name])
            case dict() as members:
                waiting.extend(members.values())
            case list() as items:
                waiting.extend(items)
            case _:
                pass
    return {**{name: document[name] for name in ("openapi", "info", "paths")}, "components": needed}
